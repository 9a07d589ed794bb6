"""The portfolio: every tool there is, with what happened to it here: a fold over facts.

What a workbook claims stands beside what the use case's own facts say, and neither is ever
taken for the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple

from attending import shapes
from attending.decide.people import TYPES as PEOPLE
from attending.decide.people import People, counts, step
from attending.decide.standing import Standing, fold
from attending.decide.tools.inventory import FACTS, Inventory
from attending.facts.cells import Cell
from attending.facts.plan import Change
from attending.spec.use_case import UseCase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.decide.standing import Place
    from attending.decide.tools.inventory import Listed
    from attending.facts.entry import Entry
    from attending.facts.fact import Fact

STANDING_KINDS = ("declared", "decided", "said", "acted")
AUTOMATIC = (
    "read_back/1",
    "confirmed/1",
    "viewed/1",
    "model_fetched/1",
)  # done by machines, or only looked at


class Once(NamedTuple):
    """When something was said to happen, and the fact."""

    at: datetime
    fact: int


class Report(NamedTuple):
    """What a metric last reported from a site: its last evidence day, sums, and the fact."""

    day: int
    known: int
    matured: int
    fact: int


class Tally(NamedTuple):
    """What was shown on one date, and how people answered."""

    shown: int = 0
    accepted: int = 0
    overridden: int = 0
    fact: int = -1


@dataclass(frozen=True)
class Use:
    """One use case, by its own facts.

    Attributes
    ----------
    name, title, spec, declared
        What it is; its spec, and the fact that declared it.
    standing
        Where it stands.
    live_since
        By place that was ever live, the receipt that made it so last.
    reported
        By metric and site.
    tallies
        By date, what was shown and answered.
    last_exposure, last_act, first_live
        The last answer it gave, the last thing a person or a receipt did, and its first going live.
    decisions
        Every decision of a committee, in order.
    approved_by
        By release, the last decision's fact.
    broken
        Conditions to keep that broke, by id: when that was first judged.
    answered
        Receipts that a condition caused.

    """

    name: str
    title: str = ""
    spec: UseCase | None = None
    declared: int | None = None
    standing: Standing = field(default_factory=Standing)
    live_since: Mapping[Place, int] = field(default_factory=dict)
    reported: Mapping[tuple[str, str], Report] = field(default_factory=dict)
    tallies: Mapping[date, Tally] = field(default_factory=dict)
    last_exposure: Once | None = None
    last_act: Once | None = None
    first_live: Once | None = None
    decisions: tuple[Once, ...] = ()
    approved_by: Mapping[str, int] = field(default_factory=dict)
    broken: Mapping[str, Once] = field(default_factory=dict)
    answered: tuple[int, ...] = ()

    @property
    def live(self) -> dict[Place, str]:
        """Give the release that is live, by place."""
        spots = self.standing.spots.items()
        return {place: spot.release or "" for place, spot in spots if spot.mode == "live"}

    @property
    def live_sites(self) -> tuple[str, ...]:
        """Give the sites where it is live."""
        return tuple(sorted({site for site, _ in self.live}))

    def live_facts(self, sites: tuple[str, ...]) -> tuple[int, ...]:
        """Give the receipts that made it live at some sites."""
        return tuple(sorted({self.live_since[p] for p in self.live if p[0] in sites}))

    def after(self, entry: Entry) -> Use:
        """Take one fact about it in."""
        fact, once = entry.fact, Once(_at(entry.fact), entry.index)
        use = self
        if fact.kind in STANDING_KINDS:
            use = replace(use, standing=fold(use.standing, [fact]))
        if fact.kind in ("said", "acted") and fact.type not in AUTOMATIC:
            use = replace(use, last_act=once)
        step = STEPS.get(fact.type)
        return use if step is None else step(use, fact, once)


def _at(fact: Fact) -> datetime:
    return datetime.fromisoformat(fact.at).astimezone(UTC)


def _specs(use: Use, fact: Fact, once: Once) -> Use:
    documents = fact.body.get("documents")
    if not isinstance(documents, dict):
        return use
    spec = shapes.convert(documents["use_case"], UseCase)
    return replace(use, spec=spec, title=spec.title, declared=once.fact)


def _receipt(use: Use, fact: Fact, once: Once) -> Use:
    changes = shapes.convert(fact.body["changes"], list[Change])
    went = {(c.site, c.unit): once.fact for c in changes if c.mode[1] == "live"}
    if fact.body.get("cause") == "condition":
        use = replace(use, answered=(*use.answered, once.fact))
    if not went:
        return use
    return replace(use, live_since={**use.live_since, **went}, first_live=use.first_live or once)


def _measured(use: Use, fact: Fact, once: Once) -> Use:
    reported = dict(use.reported)
    days: dict[tuple[str, str], tuple[int, int, int]] = {}
    for cell in shapes.convert(fact.body["cells"], list[Cell]):
        if cell.subgroup != "all":
            continue
        place = (cell.metric, cell.site)
        day, known, missing = days.get(place, (cell.day, 0, 0))
        sums = cell.sums
        days[place] = (max(day, cell.day), known + sums.n, missing + sums.n_missing)
    for place, (day, known, missing) in days.items():
        before = reported.get(place)
        if before is None or day >= before.day:
            reported[place] = Report(day, known, known + missing, once.fact)
    return replace(use, reported=reported)


def _prediction(use: Use, fact: Fact, once: Once) -> Use:
    use = replace(use, last_exposure=once)
    return _told(use, once, shown=1) if fact.body.get("display") == "shown" else use


def _response(use: Use, fact: Fact, once: Once) -> Use:
    said = fact.body.get("response")
    return _told(use, once, accepted=said == "accepted", overridden=said == "overridden")


def _told(use: Use, once: Once, shown: int = 0, *, accepted: int = 0, overridden: int = 0) -> Use:
    day = once.at.date()
    was = use.tallies.get(day, Tally())
    now = Tally(was.shown + shown, was.accepted + accepted, was.overridden + overridden, once.fact)
    return replace(use, tallies={**use.tallies, day: now})


def _decision(use: Use, fact: Fact, once: Once) -> Use:
    """Count a decision once its votes bear it: the standing obeys no other."""
    release = str(fact.body["release"])
    obeyed = use.standing.governed.decisions.get(release)
    if obeyed is None or obeyed.digest != fact.body.get("digest"):
        return use
    approved_by = {**use.approved_by, release: once.fact}
    return replace(use, decisions=(*use.decisions, once), approved_by=approved_by)


def _decided(use: Use, _fact: Fact, once: Once) -> Use:
    conditions = use.standing.governed.of_state("broken")
    kept = {name: use.broken.get(name, once) for name, held in conditions.items()
            if held.condition.form.keep is not None}  # fmt: skip
    return use if kept == use.broken else replace(use, broken=kept)


STEPS = {
    "specs/1": _specs,
    "receipt/1": _receipt,
    "measured/1": _measured,
    "prediction/1": _prediction,
    "response/1": _response,
    "decision/1": _decision,
    "decided/1": _decided,
}


@dataclass(frozen=True)
class Portfolio:
    """Every tool, every use case, and who has left.

    Attributes
    ----------
    inventory
        What the workbook claims, and what people said of it.
    uses
        Use cases, by name.
    departed
        People who have left, with the fact that says so.
    intakes
        By tool, its first proposal.
    sorted_by_people
        By tool, what a person said the last review should come to, and the fact.
    people
        Everybody declared: who may say that somebody has left.

    """

    inventory: Inventory = field(default_factory=Inventory)
    uses: Mapping[str, Use] = field(default_factory=dict)
    departed: Mapping[str, int] = field(default_factory=dict)
    intakes: Mapping[str, Once] = field(default_factory=dict)
    sorted_by_people: Mapping[str, tuple[str, str, Once]] = field(default_factory=dict)
    people: People = field(default_factory=People)

    def after(self, entry: Entry) -> Portfolio:
        """Take one fact in."""
        fact = entry.fact
        if fact.type in PEOPLE:
            return self._told(entry)
        if fact.type in FACTS:
            return replace(self, inventory=self.inventory.after(entry))
        if fact.type == "proposal/1":
            return self._proposed(entry)
        if fact.type == "scale_review/1":
            once = Once(_at(fact), entry.index)
            said = (str(fact.body["sorted"]), fact.by.person, once)
            told = {**self.sorted_by_people, str(fact.body["tool"]): said}
            return replace(self, sorted_by_people=told)
        if fact.use_case is None:
            return self
        use = self.uses.get(fact.use_case, Use(fact.use_case, fact.use_case)).after(entry)
        return replace(self, uses={**self.uses, fact.use_case: use})

    def _told(self, entry: Entry) -> Portfolio:
        """Take in what was said of people, where who says it may."""
        if not counts(self.people, entry.fact):
            return self
        departed = self.departed
        if entry.fact.type == "departed/1":
            departed = {str(entry.fact.body["person"]): entry.index, **departed}
        return replace(self, departed=departed, people=step(self.people, entry))

    def _proposed(self, entry: Entry) -> Portfolio:
        tool, once = str(entry.fact.body.get("tool", "")), Once(_at(entry.fact), entry.index)
        return replace(self, intakes={tool: once, **self.intakes})

    def rows(self) -> dict[str, tuple[Listed | None, Use | None]]:
        """Give each tool once, by id: what is claimed of it, and its use case.

        What a person said is the same tool stands under that one; a use case that no row names
        is a tool that the inventory lacks.
        """
        listed = {k: v for k, v in self.inventory.tools.items() if v.same_as is None}
        found: dict[str, tuple[Listed | None, Use | None]] = {}
        for name, each in listed.items():
            found[name] = (each, self.uses.get(each.tool.use_case or name))
        named = {each.tool.use_case or name for name, each in self.inventory.tools.items()}
        for name, use in self.uses.items():
            if name not in named and use.declared is not None:
                found[name] = (None, use)
        return found
