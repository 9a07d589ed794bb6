"""What stands before every page: the door, what is looked at, and who comes back recognized."""
