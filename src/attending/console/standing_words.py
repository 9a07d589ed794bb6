"""How a site stands, as people say it: its mode, and what lies over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.words import HELD, MODES, Tag
from attending.decide.plan import members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.admit import Folder
    from attending.decide.standing import Standing

STRICTEST = ("suspended", "live", "silent", "retired", "off")


def mode_of(standing: Standing, site: str) -> str:
    """Give a site's mode; of its units', the one that people must know of first."""
    there = {spot.mode for (where, _), spot in standing.spots.items() if where == site}
    return next((mode for mode in STRICTEST if mode in there), "off")


def state_of(standing: Standing, site: str, folder: Folder | None) -> str:
    """Give a site's one state: its mode, and ``held`` where it is live and may not expand.

    What is off or silent is not called held: it shows nothing that could be thought of as
    going on.
    """
    mode = mode_of(standing, site)
    return "held" if mode == "live" and held_by(standing.held_for, site, folder) else mode


def tag_of(standing: Standing, site: str, folder: Folder | None) -> Tag:
    """Give the one tag of a site, the same state that the chart of weeks draws."""
    state = state_of(standing, site, folder)
    return HELD if state == "held" else MODES[state]


def held_by(held_for: Mapping[str, int], site: str, folder: Folder | None) -> list[str]:
    """Name the scopes whose hold reaches a site."""
    rollout = folder.rollout if folder is not None else None
    if rollout is None:
        return [scope for scope in held_for if scope in (site, "all")]
    return [scope for scope in held_for if site in members(rollout, scope)]
