"""One page per file; each answers one question."""
