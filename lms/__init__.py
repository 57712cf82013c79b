"""The platform: settings, database, people and the shell. It knows nothing of courses."""
