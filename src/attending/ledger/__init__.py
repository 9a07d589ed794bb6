"""Memory: the append-only truth, provable offline."""
