"""Pages of policies: the library, and updates with their receipts."""
