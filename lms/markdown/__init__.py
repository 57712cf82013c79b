"""Author's text → safe HTML: reading (lines to pieces), prose (Markdown to clean HTML), placing, rendering, problems."""
