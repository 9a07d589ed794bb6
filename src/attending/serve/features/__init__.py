"""Features made of resources, at the gateway."""
