"""How an answer earns points."""
