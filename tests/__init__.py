"""Tests of 热线学堂."""
