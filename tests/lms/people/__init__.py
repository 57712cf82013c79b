"""Tests of lms.people."""
