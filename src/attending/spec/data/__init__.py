"""What people write about data: views, terms, feeds, checks, extracts."""
