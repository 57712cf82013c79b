"""Pages about exams that need no attempts: the blueprint, and extra time."""
