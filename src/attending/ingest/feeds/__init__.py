"""Ways clinical data comes in, one per file."""
