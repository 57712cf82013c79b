"""Verbs on exams: load them from files, arrange them, give people extra time."""
