"""A witness's own server; it knows nothing of the gateway beside it."""
