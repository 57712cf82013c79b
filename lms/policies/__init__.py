"""Policy documents, versions, clauses and citations."""
