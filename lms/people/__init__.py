"""Persons and their employment spells."""
