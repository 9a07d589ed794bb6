"""A simulated system on its stage: its platform, its planner, and what is broken in it."""
