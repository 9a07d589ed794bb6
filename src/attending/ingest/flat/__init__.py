"""Files of resources made flat: the lines of one form together, the rest one at a time."""
