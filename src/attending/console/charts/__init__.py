"""One chart per file: a finding for a title, and the numbers it is drawn from."""
