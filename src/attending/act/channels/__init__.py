"""Ways to tell a post something; each is found by being there."""
