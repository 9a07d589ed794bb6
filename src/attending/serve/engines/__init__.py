"""One kind of answering machine per file."""
