"""Memory: the same truth made wide, as tables."""
