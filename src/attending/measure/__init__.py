"""Stage 3 (a head): tables become estimates with their doubt."""
