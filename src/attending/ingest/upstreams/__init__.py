"""One tool that tells of warehouse tables per file."""
