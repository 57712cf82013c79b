"""Attempts: start, save, hand in, result."""
