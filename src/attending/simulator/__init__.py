"""A simulated health system whose truth is known, for demonstrations and tests."""
