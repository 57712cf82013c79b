"""The rules of a cycle, pure: grades and their conditions, seats and order, stages and deciders, terms by date."""
