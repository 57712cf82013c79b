"""Course modules: the library, progress and learning hours."""
