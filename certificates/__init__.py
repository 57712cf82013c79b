"""Certificates issued for passed exams and completed courses."""
