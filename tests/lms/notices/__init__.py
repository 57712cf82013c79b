"""Tests of lms.notices."""
