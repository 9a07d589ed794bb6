"""Which tools that were stopped look like the one that is proposed, and what they taught.

A name or an alias in common is enough; else two of these three: the same vendor, the same
task, a telling word in common in what they are called and give. A likeness is a reason to
read a lesson and never one to refuse a proposal.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from attending import shapes
from attending.facts.proposal import STOPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.decide.proposals.intake import Intake, Kept
    from attending.facts.proposal import Ended, Submitted, ToolClaim

WORD = re.compile(r"[a-z]{4,}")
TELLS_NOTHING = frozenset(
    {"about", "alert", "alerts", "assistant", "based", "care", "clinical", "from", "hospital",
     "into", "model", "patient", "patients", "score", "system", "text", "tool", "tools", "with"}
)  # fmt: skip
NOBODY = frozenset({"", "none", "not_known"})
ENOUGH = 2


class Alike(NamedTuple):
    """A tool that was stopped and looks like the one proposed.

    Attributes
    ----------
    tool, title
        Which.
    because
        What they have in common.
    end
        How its pilot ended, with its barriers and its lesson; None where only the inventory
        says that it was.
    claimed
        What the inventory claims of it, where that is all there is.

    """

    tool: str
    title: str
    because: tuple[str, ...]
    end: Ended | None
    claimed: str


class Traits(NamedTuple):
    """What a tool is known by."""

    names: frozenset[str]
    vendor: str
    task: str
    words: frozenset[str]


def look_alikes(intake: Intake, proposal: Submitted) -> tuple[Alike, ...]:
    """Give what was stopped and looks like a proposal's tool, the most alike first."""
    mine = _of_proposal(proposal)
    found: dict[str, tuple[float, Alike]] = {}
    for kept in intake.proposals.values():
        end = kept.ends[-1] if kept.ends else None
        if end is None or end.choice == "scale":
            continue
        last = _then(kept, end)
        if (strength := _alike(mine, _of_proposal(last))) is not None:
            found[last.tool] = (
                strength[0],
                Alike(last.tool, last.title, strength[1], end, ""),
            )
    for claim in intake.tools.values():
        if claim.claimed_status not in STOPPED or claim.tool in found:
            continue
        if (strength := _alike(mine, _of_tool(claim))) is not None:
            told = Alike(claim.tool, claim.name or claim.tool, strength[1], None,
                         str(claim.claimed_status))  # fmt: skip
            found[claim.tool] = (strength[0], told)
    ranked = sorted(found.values(), key=lambda each: (-each[0], each[1].tool))
    return tuple(alike for _, alike in ranked)


def _then(kept: Kept, end: Ended) -> Submitted:
    """Give what was proposed when a pilot ended."""
    return next(each for each in reversed(kept.history) if each.index < end.index)


def _alike(mine: Traits, other: Traits) -> tuple[float, tuple[str, ...]] | None:
    because = list(_in_common(mine, other))
    named = bool(mine.names & other.names)
    if not named and len(because) < ENOUGH:
        return None
    return ENOUGH * named + len(because) + len(mine.words & other.words) / 100, tuple(because)


def _in_common(mine: Traits, other: Traits) -> Iterator[str]:
    if mine.names & other.names:
        yield "the same name"
    if mine.vendor == other.vendor and mine.vendor not in NOBODY:
        yield "the same vendor"
    if mine.task == other.task and mine.task not in {*NOBODY, "other"}:
        yield f"the same task, to {mine.task}"
    shared = sorted(mine.words & other.words)
    if shared:
        yield f"in common: {', '.join(shared)}"


def _of_proposal(proposal: Submitted) -> Traits:
    plain = proposal.plain
    aliases = shapes.convert(plain.get("aliases", []), list[str])
    named = [proposal.tool, proposal.title, *aliases]
    return _traits(named, str(plain["vendor"]), str(plain["task"]), str(plain["output"]))


def _of_tool(claim: ToolClaim) -> Traits:
    named = [claim.tool, claim.name, *claim.aliases]
    return _traits(named, claim.vendor or "", claim.task or "", claim.output or "")


def _traits(named: list[str], vendor: str, task: str, output: str) -> Traits:
    names = frozenset(plain(name) for name in named) - NOBODY
    words = frozenset(WORD.findall(" ".join([*named, output]).lower().replace("_", " ")))
    return Traits(names, vendor.strip().lower(), task, words - TELLS_NOTHING)


def plain(name: str) -> str:
    """Give a name without case, spaces and marks, as names are compared.

    >>> plain("Sepsis-Watch 2"), plain("sepsis_watch 2")
    ('sepsiswatch2', 'sepsiswatch2')
    """
    return re.sub(r"[\W_]+", "", name.lower())
