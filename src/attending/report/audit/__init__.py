"""One auditor's question per file, named by its number and what it asks."""
