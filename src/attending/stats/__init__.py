"""Ground: one method per file; it knows nothing of hospitals."""
