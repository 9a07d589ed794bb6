"""Settings for the properties: machines are shared, so no deadline for one example."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("stats", deadline=None)
settings.load_profile("stats")
