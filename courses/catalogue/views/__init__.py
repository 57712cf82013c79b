"""Pages of the catalogue: names and links for others, and the trainers' pages for editing."""
