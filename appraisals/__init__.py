"""Appraisal records, by the same measure for everyone."""
