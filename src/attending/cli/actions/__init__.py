"""What pages may do: the very code of the verbs, one subject in a file."""
