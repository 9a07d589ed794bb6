"""One database per file; the same five calls."""
