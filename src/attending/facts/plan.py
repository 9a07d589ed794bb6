"""A plan: an immutable change with a parent; people sign its digest (contract C4)."""

from __future__ import annotations

from typing import Literal

import msgspec

Cause = Literal["spec", "wave", "caution", "safety", "person"]

Mode = Literal["off", "silent", "live", "suspended", "retired"]

Expansion = Literal["moving", "waiting", "held", "finished"]


class Change(msgspec.Struct, frozen=True):
    """What changes at one site or unit: from what, to what."""

    site: str
    unit: str
    release: tuple[str | None, str | None]
    mode: tuple[Mode, Mode]
    share: tuple[float, float]


class Required(msgspec.Struct, frozen=True):
    """A sign-off that must be there: so many people in this role."""

    role: str
    n: int = 1


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly what will be done; `act` has no choices left.

    The digest is over every field. `expansion` is the rollout's own state, never
    to be confused with a site's mode.
    """

    schema: Literal["plan/1"] = "plan/1"
    use_case: str
    parent: str | None
    state_digest: str
    cause: Cause
    as_of: int
    because: str
    evidence: tuple[int, ...]
    valid_until: str
    expansion: tuple[Expansion, Expansion]
    scope: str = "all"
    changes: tuple[Change, ...] = ()
    way_back: tuple[Change, ...] = ()
    requires: tuple[Required, ...] = ()
    interlocks: tuple[str, ...] = ()
