"""Exams: window, time limit, attempts, pass mark, review policy."""
