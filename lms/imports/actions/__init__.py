"""Verbs on imports: take a file, understand it, write it, take it back."""
