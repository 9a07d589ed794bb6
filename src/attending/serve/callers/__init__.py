"""Who calls: keys that vouch for systems, and what the person at the bedside does."""
