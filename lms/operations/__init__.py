"""Health, backup, and running the server."""
