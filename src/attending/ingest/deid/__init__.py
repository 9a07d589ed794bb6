"""Rules that a column goes through before an extract leaves: one rule, one file."""
