"""Promises of the cycles."""
