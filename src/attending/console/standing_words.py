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


def tag_of(standing: Standing, site: str, folder: Folder | None) -> Tag:
    """Give the one tag of a site: suspended wins over held, and held over live."""
    mode = mode_of(standing, site)
    if mode != "suspended" and held_by(standing.held_for, site, folder):
        return HELD
    return MODES[mode]


def held_by(held_for: Mapping[str, int], site: str, folder: Folder | None) -> list[str]:
    """Name the scopes whose hold reaches a site."""
    rollout = folder.rollout if folder is not None else None
    if rollout is None:
        return [scope for scope in held_for if scope in (site, "all")]
    return [scope for scope in held_for if site in members(rollout, scope)]
