"""Nouns: what is wanted."""
