"""One check per file: what can be asked of the rows of a table."""
