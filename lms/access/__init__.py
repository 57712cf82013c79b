"""Accounts, sign-in, sessions, roles with scope."""
