"""Where things stand: a fold over receipts, never written down by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from attending.digest import digest
from attending.facts.plan import Change, Expansion, Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attending.facts.fact import Fact

Place = tuple[str, str]  # site, unit; "*" is the whole site


@dataclass(frozen=True)
class Spot:
    """One release at one place."""

    release: str | None = None
    mode: Mode = "off"
    share: float = 0.0


@dataclass(frozen=True)
class Standing:
    """The state of one use case: what is live where, and whether it may expand.

    Attributes
    ----------
    spots
        Mode, release and share by place.
    expansion
        The rollout's own state.
    held_for
        Scopes whose caution stands, with the day it was crossed.
    suspended_for
        Scopes whose safety limit was crossed, with the day.
    parent
        Digest of the last plan that was carried out.
    waves
        Names of the waves that have been opened, with the day.

    """

    spots: Mapping[Place, Spot] = field(default_factory=dict)
    expansion: Expansion = "waiting"
    held_for: Mapping[str, int] = field(default_factory=dict)
    suspended_for: Mapping[str, int] = field(default_factory=dict)
    parent: str | None = None
    waves: Mapping[str, int] = field(default_factory=dict)

    def at(self, site: str, unit: str = "*") -> Spot:
        """Give what stands at a place; nothing is off."""
        return self.spots.get((site, unit), Spot())

    def digest(self, specs: Mapping[str, str]) -> str:
        """Give the state's digest: what a plan is bound to (contract C4)."""
        return digest(
            {
                "specs": dict(sorted(specs.items())),
                "spots": [
                    [site, unit, spot.release, spot.mode, spot.share]
                    for (site, unit), spot in sorted(self.spots.items())
                ],
                "expansion": self.expansion,
                "decisions": [],
            },
        )


def fold(standing: Standing, facts: Iterable[Fact]) -> Standing:
    """Take receipts in, in ledger order."""
    for fact in facts:
        if fact.type == "receipt/1":
            standing = _after(standing, fact.body)
    return standing


def _after(standing: Standing, body: Mapping[str, object]) -> Standing:
    spots = dict(standing.spots)
    for change in msgspec.convert(body["changes"], list[Change]):
        spots[change.site, change.unit] = Spot(change.release[1], change.mode[1], change.share[1])
    held, suspended = dict(standing.held_for), dict(standing.suspended_for)
    waves = dict(standing.waves)
    day, scope = int(str(body["day"])), str(body["scope"])
    if body["cause"] == "caution":
        held.setdefault(scope, day)
    if body["cause"] == "safety":
        suspended.setdefault(scope, day)
    if body["cause"] in ("spec", "wave") and body.get("wave"):
        waves.setdefault(str(body["wave"]), day)
    expansion: Expansion = body["expansion"]  # type: ignore[assignment]  written by act only
    return Standing(spots, expansion, held, suspended, str(body["plan"]), waves)
