"""Sheets in and out: `reading` (bytes → rows numbered as people see them), `cells` (cell → value), `writing` (xlsx, CSV)."""
