"""What `attending lineage` can do, one command per file."""
