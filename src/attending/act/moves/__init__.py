"""One move per file: an imperative."""
