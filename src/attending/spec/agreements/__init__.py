"""The rules that the specs of one folder keep: one subject, one file."""
