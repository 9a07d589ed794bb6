"""What is found of each tool, beside what is claimed: in production, stalled, ownerless, doubled.

Every answer is yes, no or not known, with one sentence and the facts that show it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from attending.decide.interlock import FRESH_DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from attending.decide.tools.inventory import Listed
    from attending.decide.tools.portfolio import Portfolio, Use
    from attending.facts.tool import Tool

LEAST_SITES = 2  # DESIGN's words: live at two or more sites
IDLE = timedelta(days=90)  # contract G1
OVER = ("stopped", "retired")
EARLY = ("in_review", "pilot")
EVERYBODY = frozenset(("all", "any", "everybody", "everyone", "all patients"))

Word = Literal["yes", "no", "not known"]


@dataclass(frozen=True)
class Answer:
    """One answer: the word, why, and the facts that show it."""

    word: Word
    because: str
    facts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Overlap:
    """Two tools that give the same output for people they share.

    Attributes
    ----------
    other
        The other tool.
    units
        Units where both are used; with any, it is a duplicate.
    facts
        The rows that say so.

    """

    other: str
    units: tuple[str, ...]
    facts: tuple[int, ...]


@dataclass(frozen=True)
class Found:
    """What is found of one tool.

    Attributes
    ----------
    tool, title
        Its id and its name.
    listed, use
        What is claimed of it, and its use case here; None where there is none.
    production, stalled, ownerless
        Whether it is in production, has stalled, and has nobody who answers for it.
    overlaps
        Other tools that do the same.

    """

    tool: str
    title: str
    listed: Listed | None
    use: Use | None
    production: Answer
    stalled: Answer
    ownerless: Answer
    overlaps: tuple[Overlap, ...] = ()

    @property
    def duplicates(self) -> tuple[Overlap, ...]:
        """Give those that are used in the same unit."""
        return tuple(each for each in self.overlaps if each.units)

    @property
    def cites(self) -> tuple[int, ...]:
        """Give the facts that say that there is such a tool."""
        if self.listed is not None:
            return self.listed.cites
        declared = self.use.declared if self.use is not None else None
        return () if declared is None else (declared,)


def findings(portfolio: Portfolio, now: datetime) -> tuple[Found, ...]:
    """Give what is found of every tool at a moment."""
    rows = portfolio.rows()
    doubled = overlaps({k: listed for k, (listed, _) in rows.items() if listed is not None})
    found = []
    for name, (listed, use) in rows.items():
        owner = ownerless(listed, use, portfolio.departed)
        found.append(
            Found(
                tool=name,
                title=listed.tool.name if listed is not None else (use.title if use else name),
                listed=listed,
                use=use,
                production=in_production(use, owner, now),
                stalled=stalled(listed, use, now),
                ownerless=owner,
                overlaps=doubled.get(name, ()),
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class Spend:
    """What the tools are said to cost in one year: by currency, and of how many it is not known."""

    year: str
    amounts: tuple[tuple[str, float], ...]
    n_not_known: int


def spend(found: Sequence[Found]) -> tuple[Spend, ...]:
    """Add up what is plainly said, year by year; currencies are never added to one another.

    A tool whose amount or currency is doubtful, or that has no amount in a year, is counted as
    not known.
    """
    tools = [each.listed.tool if each.listed is not None else None for each in found]
    years = sorted({k.split("_")[1] for tool in tools if tool is not None for k in tool.spend})
    made = []
    for year in years:
        amounts: dict[str, float] = {}
        not_known = 0
        for tool in tools:
            said = _said_of(tool, year)
            if tool is None or tool.currency is None or not said or None in said:
                not_known += 1
            else:
                total = amounts.get(tool.currency, 0.0) + sum(each or 0.0 for each in said)
                amounts[tool.currency] = total
        made.append(Spend(year, tuple(sorted(amounts.items())), not_known))
    return tuple(made)


def _said_of(tool: Tool | None, year: str) -> list[float | None]:
    """Give a tool's amounts of a year; a doubtful one is None, an empty cell is no amount."""
    if tool is None:
        return []
    doubtful = {doubt.field for doubt in tool.doubts}
    of_year = {k: v for k, v in tool.spend.items() if k.startswith(f"spend_{year}_")}
    return [v for k, v in of_year.items() if v is not None or k in doubtful]


def ownerless(listed: Listed | None, use: Use | None, departed: Mapping[str, int]) -> Answer:
    """Tell whether nobody answers for a tool: the spec's owner after launch, else the row's."""
    owner, facts = None, listed.cites if listed is not None else ()
    if use is not None and use.spec is not None and use.declared is not None:
        owner, facts = use.spec.after_launch.owner, (use.declared,)
    elif listed is not None:
        owner = listed.tool.owner
    if owner is None:
        return Answer("yes", "no owner is named", facts)
    if owner in departed:
        return Answer("yes", f"it was owned by {owner}, who has left", (*facts, departed[owner]))
    return Answer("no", f"owned by {owner}", facts)


def silent_rows(use: Use, site: str, now: datetime) -> list[str]:
    """Name what monitoring should have reported from a site within a week, and has not."""
    if use.spec is None:
        return ["what should be watched is not on record here"]
    day = use.standing.days.of(now)
    wanted = dict.fromkeys(f"{row.metric}/{row.of}" for row in use.spec.monitoring)
    found = []
    for metric in wanted:
        last = use.reported.get((metric, site))
        if last is None:
            found.append(f"{metric} has never reported from {site}")
        elif day - last.day > FRESH_DAYS:
            found.append(f"{metric} last reported from {site} on day {last.day}")
    return found


def reports(use: Use, sites: tuple[str, ...]) -> tuple[int, ...]:
    """Give the facts that hold what monitoring last reported from some sites."""
    return tuple(sorted({r.fact for (_, site), r in use.reported.items() if site in sites}))


def in_production(use: Use | None, owner: Answer, now: datetime) -> Answer:
    """Tell whether a tool is live at two or more sites, on current evidence, with an owner."""
    if use is None:
        return Answer("not known", "nothing about its use is on record here")
    if use.spec is None:  # what should be watched, and who owns it, would be met by nothing
        return Answer("not known", "its specs are not on record here")
    sites = use.live_sites
    current = tuple(site for site in sites if not silent_rows(use, site, now))
    facts = (*use.live_facts(sites), *reports(use, sites), *owner.facts)
    facts = tuple(sorted({*facts, *(() if use.declared is None else (use.declared,))}))
    if len(sites) < LEAST_SITES:
        return Answer("no", f"live at {len(sites)} sites, and two are wanted", facts)
    if len(current) < LEAST_SITES:
        missing = silent_rows(use, next(s for s in sites if s not in current), now)[0]
        return Answer("no", f"its evidence is not current: {missing}", facts)
    if owner.word == "yes":
        return Answer("no", owner.because, facts)
    return Answer("yes", f"live at {len(sites)} sites on current evidence; {owner.because}", facts)


def stalled(listed: Listed | None, use: Use | None, now: datetime) -> Answer:
    """Tell whether a pilot or a review has come to nothing for 90 days."""
    claim = listed.tool.claimed_status if listed is not None else None
    if claim in OVER or (use is not None and use.live):
        return Answer("no", f"said to be {claim}" if claim in OVER else "it is live")
    if claim not in EARLY and use is None:
        return Answer(
            "no" if claim is not None else "not known", "it is no pilot and not in review"
        )
    last = max((o for o in (use.last_exposure, use.last_act) if o), default=None) if use else None
    if last is not None:
        days = (now - last.at).days
        word: Word = "yes" if now - last.at >= IDLE else "no"
        return Answer(word, f"the last answer or act was {days} days ago", (last.fact,))
    used = listed.tool.last_used_on if listed is not None else None
    facts = listed.cites if listed is not None else ()
    if used is None:
        return Answer("not known", "nothing about its use is on record here", facts)
    long_ago = (now.date() - IDLE).isoformat() >= used
    return Answer("yes" if long_ago else "no", f"last used on {used}, by the inventory", facts)


def overlaps(tools: Mapping[str, Listed]) -> dict[str, tuple[Overlap, ...]]:
    """Find tools of the same task and output whose population and setting meet.

    Where one of these is not known nothing is claimed; tools that are over do nothing twice.
    Names take no part in it.
    """
    found: dict[str, tuple[Overlap, ...]] = {}
    names = [name for name, each in tools.items() if each.tool.claimed_status not in OVER]
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            one, other = tools[a].tool, tools[b].tool
            if not _meet_in_use(one, other):
                continue
            units = _shared(one.units, other.units) if _shared(one.sites, other.sites) else ()
            facts = tuple(sorted({tools[a].fact, tools[b].fact}))
            found[a] = (*found.get(a, ()), Overlap(b, units, facts))
            found[b] = (*found.get(b, ()), Overlap(a, units, facts))
    return found


def _meet_in_use(one: Tool, other: Tool) -> bool:
    same_task = one.task is not None and one.task == other.task
    same_output = one.output is not None and _plain(one.output) == _plain(other.output or "")
    return (
        same_task
        and same_output
        and _meet(one.population, other.population)
        and _meet(one.setting, other.setting)
    )


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if not one or not other:
        return False
    whole = any(_plain(each) in EVERYBODY for each in (*one, *other))
    return whole or bool(_shared(one, other))


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    there = {_plain(each) for each in other}
    return tuple(each for each in one if _plain(each) in there)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().casefold()
