"""How what one dropped file says comes into the ledger: a commit at a time."""
