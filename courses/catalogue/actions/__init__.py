"""Verbs on courses and lessons: loading the library, and editing in the browser."""
