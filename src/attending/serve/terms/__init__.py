"""Terms, answered to others."""
