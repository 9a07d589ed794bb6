"""What was proposed: submissions, their rank, and those that look alike."""
