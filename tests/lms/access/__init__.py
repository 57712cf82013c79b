"""Tests of lms.access."""
