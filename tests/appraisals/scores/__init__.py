"""Promises of the scores."""
