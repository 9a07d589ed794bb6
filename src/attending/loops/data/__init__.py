"""Clinical data carried: in, through time, and back to where they came from."""
