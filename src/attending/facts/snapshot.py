"""A snapshot: what every gateway may show, where, and until when (contract C5)."""

from __future__ import annotations

from typing import Literal

import msgspec

from attending.facts.plan import Mode

LEASE_SECONDS = 30  # contract C5: past it a gateway that hears nothing shows nothing


DEADLINE_MS = 400  # CDS Hooks asks for "on the order of 500 ms", travel included


class Exposure(msgspec.Struct, frozen=True):
    """The standing of one release at one site and unit.

    Output may be shown to the named `users`, and to the stable `share` of everybody else;
    a share of 0 with no users is nobody. `weekly_case_cap` is the most cases shown in a
    week, None where there is no cap.
    """

    use_case: str
    site: str
    unit: str  # "*" for the whole site
    release: str | None
    mode: Mode
    share: float = 1.0
    deadline_ms: int = DEADLINE_MS
    users: tuple[str, ...] = ()
    weekly_case_cap: int | None = None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All standings at once; a gateway takes only a higher `seq`."""

    schema: Literal["snapshot/1"] = "snapshot/1"
    seq: int
    made_at: str
    valid_until: str
    entries: tuple[Exposure, ...]
