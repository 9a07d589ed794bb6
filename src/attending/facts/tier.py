"""How much oversight a use case owes, and who has set that otherwise (contract G4)."""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["low", "moderate", "high"]

Criterion = Literal["yes", "no", "unclear"]

LEVELS: tuple[Level, ...] = ("low", "moderate", "high")

OVERRIDE_DAYS = 180  # how long a lowering lasts


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it is a medical device: four criteria, and what they come to.

    A criterion that nobody answered is ``unclear``; `guidance_version` and `by` are then empty.
    """

    c1: Criterion = "unclear"
    c2: Criterion = "unclear"
    c3: Criterion = "unclear"
    c4: Criterion = "unclear"
    time_critical: bool
    result: Literal["device", "not_device", "unclear"]
    guidance_version: str = ""
    by: str = ""


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """The tier that the answers about risk come to.

    Attributes
    ----------
    inputs_digest
        Over the answers.
    rulebook, version
        Whose rules of tiers were asked.
    tier, because
        The tier, and the answers that made it so; ``: not known`` is said where one is not.
    rank
        The sum of the rulebook's weights: orders what is of one tier, and never lowers it.
    device
        The device determination.

    """

    inputs_digest: str
    rulebook: str
    version: str
    tier: Level
    because: tuple[str, ...]
    rank: int
    device: Device


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """What one person said of a tier: a raise, or their half of a lowering.

    `inputs_digest` is of the answers they had before them: a lowering is for those alone.
    """

    from_: Level = msgspec.field(name="from")
    to: Level
    inputs_digest: str
    role: str
    why: str
    expires_on: str | None = None

    @property
    def lowers(self) -> bool:
        """Tell whether it asks for less oversight."""
        return LEVELS.index(self.to) < LEVELS.index(self.from_)


class ConfirmedRule(msgspec.Struct, frozen=True, kw_only=True):
    """A compliance officer has read a rule in its own text, and it binds here.

    `read_where` is the digest of what they wrote down about where; it lies sealed.
    """

    rule: str
    version: str
    by: str
    read_where: str
