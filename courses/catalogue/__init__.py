"""Courses, lessons and their versions, loaded from the library on disk."""
