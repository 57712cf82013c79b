"""Corrections: what a lost pass means for certificates, decided by a named person."""
