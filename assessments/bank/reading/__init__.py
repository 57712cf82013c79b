"""Sheets of questions as offices write them → wordings and sentences. Plain rows in, values out."""
