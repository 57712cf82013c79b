"""Measures that arrive as rows with a source."""
