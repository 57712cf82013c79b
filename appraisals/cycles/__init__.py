"""Appraisal cycles: plan, evidence, grading, determination."""
