"""What is said of a proposal, and of the pilot that came of it (contract G2).

No fact holds what somebody wrote: it lies in the payload store, under the digest `sealed`.
For each such field the fact holds a keyed digest; the key lies with the words and is kept
from one submission to the next, so that it can be told which of them changed, and nothing can
be guessed from the digest alone.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Tier = Literal["low", "moderate", "high"]
Choice = Literal["scale", "iterate", "change_workflow", "stop"]
Barrier = Literal["training", "workflow", "integration", "cost", "vendor", "data", "governance"]

TIERS = ("low", "moderate", "high")
STOPPED = ("stopped", "retired")  # what an inventory claims of a tool that is no more
LEVELS = 4  # impact goes from 0 to 4
UNSAID = ("type", "n", "prior_digest", "digest", "sealed")  # what a diff does not tell of

Body = dict[str, object]


class Submitted(msgspec.Struct, frozen=True, kw_only=True):
    """One submission of a proposal, as its fact has it.

    Attributes
    ----------
    proposal, n, prior_digest, digest
        Its name; how many times it was submitted; what it follows; and what it is known by:
        SHA-256 over everything else in the body.
    plain
        What is ranked and compared, by field.
    texts
        A keyed digest of each thing that somebody wrote, by field.
    sealed
        The payload that holds the words and their key.
    index, at, person
        The fact, when, and who submitted it.

    """

    proposal: str
    n: int
    prior_digest: str | None
    digest: str
    plain: Body
    texts: dict[str, str]
    sealed: str
    index: int
    at: str
    person: str

    @property
    def use_case(self) -> str | None:
        """Give the use case that it names, if any yet."""
        named = self.plain.get("use_case")
        return str(named) if named else None

    @property
    def tool(self) -> str:
        """Give the tool that it is about."""
        return str(self.plain.get("tool", ""))

    @property
    def title(self) -> str:
        """Give the name people know it by."""
        return str(self.plain.get("title", self.proposal))


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """The recorded end of a pilot: what follows, and what stood in its way."""

    proposal: str
    choice: Choice
    barriers: tuple[Barrier, ...]
    lesson: str
    index: int
    at: str
    person: str


class ImpactTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How large an effect counts as how much impact.

    Attributes
    ----------
    version
        What it is called.
    levels
        By kind and unit of measure: the least `likely` value that counts as 1, 2, 3 and 4.

    """

    version: str
    levels: dict[str, dict[str, tuple[float, ...]]]

    def units(self) -> dict[str, tuple[str, ...]]:
        """Give the units of measure it knows, by kind."""
        return {kind: tuple(units) for kind, units in self.levels.items()}


DEFAULT_TABLE = ImpactTable(
    version="default-1",
    levels={
        "revenue": {"money_per_year": (50_000, 250_000, 1_000_000, 5_000_000)},
        "cost": {"money_per_year": (50_000, 250_000, 1_000_000, 5_000_000)},
        "clinical": {"patients_per_year": (10, 50, 250, 1_000)},
        "time": {"hours_per_year": (250, 1_000, 5_000, 20_000)},
    },
)


class ToolClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What an inventory says of a tool, as far as it tells whether another is like it."""

    tool: str
    name: str = ""
    aliases: tuple[str, ...] = ()
    vendor: str | None = None
    task: str | None = None
    output: str | None = None
    claimed_status: str | None = None
