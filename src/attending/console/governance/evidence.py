"""What the evidence page shows, folded from what was said and done about evidence."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from attending import shapes
from attending.console.listing import Cell, Line, Listing
from attending.console.words import HELD, Tag
from attending.facts.evidence import Asked, Built, Drill
from attending.facts.retention import Keeping
from attending.ledger.following import Following
from attending.report.questions import CATALOG, answerable

if TYPE_CHECKING:
    from attending.console.history import History
    from attending.facts.entry import Entry
    from attending.facts.fact import Kind
    from attending.ledger.read import Reader
    from attending.loops.system.retention import Listed

KINDS: tuple[Kind, ...] = ("declared", "said", "acted")
RETENTION = 34  # the question that is answered in part before rules are adopted
MOST = 20  # of each list: the last ones; the audit page has all

ANSWERED = Tag("answered", "●", "blue")
PARTIAL = Tag("partial", "◐", "blue")
NOT_YET = Tag("not yet", "○", "plain")
FREE = Tag("due", "◇", "plain")
HOLDS = Tag("holds", "✓", "teal")
FAILED = Tag("did not hold", "■", "ochre strong")


@dataclass(frozen=True)
class Done:
    """What was done about evidence.

    Attributes
    ----------
    kept
        Rules, holds, and erasures that were asked for.
    built, drills, erased
        Binders, drills and erasures, each with where it stands, the last first.

    """

    kept: Keeping = field(default_factory=Keeping)
    built: tuple[tuple[Built, Entry], ...] = ()
    drills: tuple[tuple[Drill, Entry], ...] = ()
    erased: tuple[Entry, ...] = ()

    def waiting(self) -> list[tuple[Asked, str]]:
        """Give the erasures that wait for a second person."""
        asked = self.kept.asked.items()
        return [(each[0], each[1]) for d, each in asked if d not in self.kept.agreed]

    def after(self, entry: Entry) -> Done:
        """Take one fact in."""
        fact, kept = entry.fact, self.kept.after(entry)
        match fact.type:
            case "binder/1":
                made = (shapes.convert(fact.body, Built), entry)
                return replace(self, kept=kept, built=(made, *self.built))
            case "drill/1":
                drilled = (shapes.convert(fact.body, Drill), entry)
                return replace(self, kept=kept, drills=(drilled, *self.drills))
            case "erasure/1":
                return replace(self, kept=kept, erased=(entry, *self.erased))
        return self if kept is self.kept else replace(self, kept=kept)


def done(history: History) -> Done:
    """Give what was done about evidence; what was folded of a ledger stays folded."""
    return history.folded("evidence", _begun)


def _begun(reader: Reader) -> Following[Done]:
    return Following(reader, Done(), Done.after, kinds=KINDS)


def questions(found: Done) -> Listing:
    """List the 34 questions; in part is what the last drill, or the want of rules, showed."""
    can = answerable()
    partial = {*found.drills[0][0].partial} if found.drills else set()
    partial |= {RETENTION} if found.kept.rules is None else set()
    partial |= {each.number for each in CATALOG if each.needs and each.number in can}
    lines = []
    for each in CATALOG:
        tag = PARTIAL if each.number in partial else ANSWERED if each.number in can else NOT_YET
        wanting = each.number == RETENTION and found.kept.rules is None
        waits = each.needs or ("retention rules that somebody adopts" if wanting else "")
        lines.append(Line((Cell(f"{each.number}. {each.title}"), Cell(tag=tag), Cell(waits))))
    return Listing("The auditor's questions", ("question", "status", "waits for"), lines, "")


def binders(found: Done, kept: set[str]) -> Listing:
    """List the binders that were built; those in the store's folder can be fetched."""
    lines = []
    for built, entry in found.built[:MOST]:
        scope = built.scope
        where = " at ".join(part for part in (scope.use_case, scope.site) if part) or "everything"
        span = f", {scope.since or 'the beginning'} to {scope.until or 'the end'}"
        href = f"/binders/{built.digest}" if built.digest in kept else ""
        about = where + (span if scope.since or scope.until else "")
        lines.append(
            Line(
                (
                    Cell(about, href=href),
                    Cell(built.counts["facts"]),
                    Cell(built.counts["answers"]),
                    Cell(built.digest[:12]),
                    Cell(f"{entry.fact.by.person}, {entry.fact.at[:10]}", fact=entry.index),
                )
            )
        )
    columns = ("binder", "facts", "answers", "sha256", "built")
    return Listing("Binders", columns, lines, "No binder was built yet.")


def drills(found: Done) -> Listing:
    """List the drills."""
    lines = []
    for drill, entry in found.drills[:MOST]:
        took = "not timed" if drill.seconds is None else f"{drill.seconds:g} seconds"
        answered = f"{len(drill.answered)} of {len(drill.asked)} answered"
        where = " at ".join(part for part in (drill.scope.use_case, drill.scope.site) if part)
        lines.append(
            Line(
                (
                    Cell(where),
                    Cell(answered),
                    Cell(took),
                    Cell(tag=HOLDS if drill.holds else FAILED),
                    Cell(entry.fact.at[:10], fact=entry.index),
                )
            )
        )
    columns = ("letter about", "questions", "took", "binder", "on")
    return Listing("Drills", columns, lines, "No audit was rehearsed yet.")


def holds(found: Done) -> Listing:
    """List the legal holds that stand."""
    lines = []
    for name, (hold, index) in found.kept.holds.items():
        reach = " at ".join(part for part in (hold.use_case, hold.site) if part) or "everything"
        lines.append(Line((Cell(name), Cell(reach, tag=HELD), Cell(fact=index))))
    return Listing(
        "Legal holds", ("hold", "reaches", "placed by"), lines, "No legal hold is in force."
    )


def erasures(found: Done) -> Listing:
    """List what was erased."""
    lines = []
    for entry in found.erased[:MOST]:
        indexes = shapes.convert(entry.fact.body["indexes"], list[int])
        payloads = shapes.convert(entry.fact.body.get("payloads", []), list[str])
        because = str(entry.fact.body["because"])
        by = Cell(f"{entry.fact.by.person}, {entry.fact.at[:10]}", fact=entry.index)
        lines.append(Line((Cell(because), Cell(len(indexes)), Cell(len(payloads)), by)))
    columns = ("because", "facts", "payloads", "by")
    return Listing("Erasures", columns, lines, "Nothing was ever erased.")


def due(found: Listed) -> Listing:
    """List what is due today, together where the same rule and reason stand."""
    counted: dict[tuple[str, str], int] = {}
    for each in found.found:
        counted[each.rule, each.blocked] = counted.get((each.rule, each.blocked), 0) + 1
    lines = [
        Line((Cell(rule), Cell(n), Cell(blocked, tag=HELD if blocked else FREE)))
        for (rule, blocked), n in sorted(counted.items())
    ]
    rules = found.kept.rules
    said = "No retention rule was adopted, so that nothing is due: attending evidence adopt"
    empty = said if rules is None else f"Nothing is due today, under {len(rules.rules)} rules."
    return Listing("Due for deletion", ("rule", "facts", "state"), lines, empty)
