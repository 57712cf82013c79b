"""Practice that repeats and marks itself: 每日一题 and 错题本. It never counts in an appraisal."""
