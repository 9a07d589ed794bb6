"""Stage 4 (a head): estimates and people's words become verdicts and plans."""
