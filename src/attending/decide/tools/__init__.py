"""What is known of the tools a health system has: claims, findings, stages, and what to do."""
