"""The learning-hour ledger: append-only, by dated rules."""
