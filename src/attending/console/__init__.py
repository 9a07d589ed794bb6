"""The people's door: pages rendered on the server."""
