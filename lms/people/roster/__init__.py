"""The roster as a sheet: its columns and words, how a line is understood, written and taken back."""
