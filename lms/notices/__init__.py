"""In-app inbox and mail, called down by everyone above."""
