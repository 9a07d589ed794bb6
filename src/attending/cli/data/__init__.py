"""Verbs about data: bringing them in, describing them, checking them, letting them out."""
