"""What committees did, as people read it: minutes, and how fast they decide."""
