"""Nouns: what happened."""
