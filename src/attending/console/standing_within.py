"""Where things stand at some sites, for who sees those alone: plans of the whole are left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from attending.decide.standing import EVERYWHERE

if TYPE_CHECKING:
    from attending.decide.governed import Governed, Held
    from attending.decide.standing import Hold, Standing

ELSEWHERE = "for a reason in which other sites have a part"


def standing_within(standing: Standing, only: frozenset[str] | None, floor: int) -> Standing:
    """Give where things stand at some sites; None is all of them."""
    governed = _governed(standing.governed, only, floor)
    if only is None:
        return replace(standing, governed=governed)
    holds = {
        key: _hold(hold, only)
        for key, hold in standing.holds.items()
        if hold.scope in only or hold.scope == EVERYWHERE
    }
    return replace(
        standing,
        spots={place: spot for place, spot in standing.spots.items() if place[0] in only},
        holds=holds,
        orders=tuple(o for o in standing.orders if o.scope in only or o.scope == EVERYWHERE),
        pending={},
        governed=governed,
    )


def _hold(hold: Hold, only: frozenset[str]) -> Hold:
    """Give a hold with its own places; a number of all sites together would tell of the others."""
    because = hold.because if hold.scope in only or hold.cause == "person" else ELSEWHERE
    return replace(hold, because=because, places=tuple(p for p in hold.places if p[0] in only))


def _governed(governed: Governed, only: frozenset[str] | None, floor: int) -> Governed:
    seen = {
        name: _condition(held, floor)
        for name, held in governed.conditions.items()
        if _may_see(held, only)
    }
    gone = {name for name in governed.conditions if name not in seen}
    docket = {
        key: because
        for key, because in governed.docket.items()
        if not any(name in key or name in because for name in gone)
    }
    return replace(governed, conditions=seen, docket=docket)


def _may_see(held: Held, only: frozenset[str] | None) -> bool:
    bar = held.condition.form.bar
    return only is None or bar is None or (bool(bar.sites) and {*bar.sites} <= only)


def _condition(held: Held, floor: int) -> Held:
    return replace(held, because="", verdict=None) if floor else held
