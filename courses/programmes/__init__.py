"""Programmes: what whom is asked to learn by when, who is in it, and how far they are."""
