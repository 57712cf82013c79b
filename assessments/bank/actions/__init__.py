"""Verbs: publish and load, edit, review, take a sheet in."""
