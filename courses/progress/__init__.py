"""What each learner has read, where they stopped, what they completed."""
