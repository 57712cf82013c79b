"""What a question must hold, how it moves towards a version, and how its figures read."""
