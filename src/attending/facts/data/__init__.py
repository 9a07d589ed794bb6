"""Facts about data: how they came, whose they are, what was found in them and what left."""
