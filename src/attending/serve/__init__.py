"""Stage 2: a question from the workflow gets an answer that is on record before it is shown."""
