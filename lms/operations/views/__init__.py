"""Pages of running the system that are not for administrators alone."""
