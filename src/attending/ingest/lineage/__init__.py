"""The shapes in which other tools tell of tables; what is not listed in them is not read."""
