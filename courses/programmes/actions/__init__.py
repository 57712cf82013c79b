"""Verbs on programmes."""
