"""What `attending ingest` can do, one command per file."""
