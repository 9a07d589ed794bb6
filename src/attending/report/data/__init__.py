"""What is told of data: feeds, lineage, what flows where, who looked."""
