"""The wizard's pages, the same for every kind."""
