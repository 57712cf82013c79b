"""Pages of appraisals: the list of cycles, the board, one person's score, one's own record, cards for other pages."""
