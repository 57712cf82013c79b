"""Papers: which questions, in which order, for how many points."""
