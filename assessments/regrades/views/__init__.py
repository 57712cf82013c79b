"""Pages of regrades: 改判 with its dry run, 异议, and what both show elsewhere."""
