"""Screens of HR and of the three administrators: codes, roles, accounts, the trail, set-up, tables."""
