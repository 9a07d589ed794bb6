"""For people outside: what was found, in words that follow from the numbers."""
