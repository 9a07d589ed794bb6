"""Terms, as they come in: files, other servers, and what is asked of a source."""
