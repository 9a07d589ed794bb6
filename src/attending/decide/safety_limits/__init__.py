"""One safety limit per file: what suspends output when it is crossed."""
