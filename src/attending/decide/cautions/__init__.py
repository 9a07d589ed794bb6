"""One caution per file: what holds expansion when it is crossed."""
