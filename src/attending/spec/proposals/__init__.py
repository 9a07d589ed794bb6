"""A proposal as people write it, and the folder it becomes."""
