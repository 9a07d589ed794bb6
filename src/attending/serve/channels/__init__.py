"""One way of reaching people per file."""
