"""The score as a tree down to each raw row."""
