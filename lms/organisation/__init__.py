"""Units in two trees (条 functional line, 块 territory), vendors, posts."""
