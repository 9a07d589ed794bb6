"""A plan: an immutable change with a parent; people sign its digest (contract C4)."""

from __future__ import annotations

from typing import Literal

import msgspec

Cause = Literal["spec", "wave", "caution", "safety", "person", "condition", "expiry"]

Mode = Literal["off", "silent", "live", "suspended", "retired"]

Expansion = Literal["moving", "waiting", "held", "finished"]

WHOLE_SITE = "*"  # the unit of a change that is about all of a site


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """What changes at one site or unit: from what, to what.

    Attributes
    ----------
    site, unit
        Where; ``*`` is the whole site.
    release, mode
        Which release, and what it may do there.
    share
        The stable share of users who may be shown its output.
    users
        Named users, who may be shown it whatever the share.
    weekly_case_cap
        The most cases shown in a week; None is no cap.

    """

    site: str
    unit: str
    release: tuple[str | None, str | None]
    mode: tuple[Mode, Mode]
    share: tuple[float, float]
    users: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    weekly_case_cap: tuple[int | None, int | None] = (None, None)


class Required(msgspec.Struct, frozen=True):
    """A sign-off that must be there: so many people in this role."""

    role: str
    n: int = 1


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly what will be done; `act` has no choices left.

    The digest is over every field. `expansion` is the rollout's own state, never
    to be confused with a site's mode. `answers` is what called for the plan where it was
    not the specs: the crossing of a caution or a safety limit, a broken condition, an
    approval that ran out, or a person's order, by the name under which the standing
    remembers it. `wave` is the wave it opens, if any.
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
    answers: str = ""
    wave: str = ""


def protects(plan: Plan) -> bool:
    """Tell whether a plan can only hold and suspend, whatever cause it names.

    Such plans wait for no lock, freeze or approval, so this asks what the plan does.
    """
    return plan.expansion[1] == "held" and all(c.mode[1] == "suspended" for c in plan.changes)


def ordered(plan: Plan) -> str:
    """Give the verb of the person's order that a plan answers; empty where it answers none.

    An order's key ends in its verb, as every fact's key ends in its kind.
    """
    return plan.answers.rpartition("/")[2] if plan.cause == "person" else ""
