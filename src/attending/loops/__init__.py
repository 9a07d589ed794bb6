"""What carries: read, ask a head, write. One turn of one loop per file."""
