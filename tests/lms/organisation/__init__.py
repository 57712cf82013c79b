"""Tests of lms.organisation."""
