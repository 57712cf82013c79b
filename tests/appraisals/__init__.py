"""Promises of the appraisals package."""
