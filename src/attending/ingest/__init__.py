"""Stage 1: the world outside becomes facts."""
