"""Question bank, papers, exams, attempts and their marking."""
