"""Verbs about proof: what others check, and what they vouch for."""
