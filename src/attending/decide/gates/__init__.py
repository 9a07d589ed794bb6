"""One gate per file: a sentence that is true when it is safe to expand."""
