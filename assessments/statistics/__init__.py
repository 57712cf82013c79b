"""Statistics: how hard and how telling questions and papers are."""
