"""Stage 5: a plan is carried out, and a receipt written."""
