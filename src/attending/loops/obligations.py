"""What a use case owes on a date, and how far it is kept: rulebooks held against the ledger.

Nothing is written here, and nothing is remembered: specs, what people said, and the facts that
proofs look for are read each time, so that the same ledger always gives the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from attending.clock import stamp
from attending.decide import tier as tiers
from attending.decide.applies import asked
from attending.decide.duties import Bound, bound, compiled, of_date
from attending.decide.people import People, after, counts
from attending.errors import Refused
from attending.facts.duties import Checkup, Duties
from attending.loops.declare import declared_in
from attending.loops.rulebooks import TIERS, shipped
from attending.report.proof import About, Wanted
from attending.report.proving import proved
from attending.spec.risk import answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.admit import Folder
    from attending.decide.heard import Heard
    from attending.decide.tier import Standing
    from attending.facts.entry import Entry
    from attending.ledger.read import Reader
    from attending.loops.parts import Folded, Parts

KINDS = ("declared", "said", "decided", "acted")  # never answers: there are millions of them
INVENTORY = "protected_traits"  # proofs that read the inventory, whose rows were taken in


class Governance:
    """The facts that proofs read; each is read once, for all rules of all use cases.

    Parameters
    ----------
    reader
        The ledger.
    end
        The index to read up to; all there is where none is given.

    """

    def __init__(self, reader: Reader, end: int | None = None) -> None:
        self._reader = reader
        self._end = reader.size() if end is None else end
        self._read: dict[tuple[str, ...], list[Entry]] = {}

    def about(self, use_case: str, rules: Iterable[Bound]) -> About:
        """Give what the proofs of some rules may look through for one use case."""
        reads_rows = any(each.rule.proof.query.startswith(INVENTORY) for each in rules)
        kinds = (*KINDS, "ingested") if reads_rows else KINDS
        if kinds not in self._read:
            found = self._reader.entries(kinds=kinds)
            self._read[kinds] = list(counted(e for e in found if e.index < self._end))
        return About(use_case, self._read[kinds])


def counted(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Give facts without those that say things of people, and are said by who may not."""
    people = People()
    for entry in entries:
        if counts(people, entry.fact):
            people = after(people, entry.fact)
            yield entry


@dataclass(frozen=True)
class Owed:
    """What one use case owes on a date.

    Attributes
    ----------
    tier
        The tier in force; None where no rulebook of tiers is.
    duties
        What the rules that apply add up to.
    rules
        Those rules, with the force they have here.
    places, unplaced
        Jurisdictions of its sites, and the sites whose jurisdiction is not known: of those
        only what holds everywhere is asked.

    """

    tier: Standing | None
    duties: Duties
    rules: tuple[Bound, ...]
    places: tuple[str, ...]
    unplaced: tuple[str, ...]


def owed(folder: Folder, heard: Heard, date: str) -> Owed:
    """Compile what a use case owes by the rulebooks in force on a date."""
    name, books = folder.use_case.name, of_date((*shipped(), *folder.rulebooks.values()), date)
    standing = None
    if TIERS in books:
        found = tiers.computed(folder.use_case.risk, books[TIERS])
        standing = tiers.in_force(found, heard.overrides.get(name, ()), date)
    sites = {n: s.jurisdiction for n, s in folder.sites.items()}
    places = tuple(sorted({p for p in sites.values() if isinstance(p, str)}))
    unplaced = tuple(sorted(n for n, place in sites.items() if not isinstance(place, str)))
    known = fields(folder, standing, date) | {
        "site.jurisdiction": places[0] if len(places) == 1 and not unplaced else None
    }
    rules = bound(books.values(), known, places, heard.confirmed)
    return Owed(standing, compiled(rules), rules, places, unplaced)


def declared_by(reader: Reader, use_case: str, end: int) -> Folder:
    """Give the specs as they were last declared among a ledger's first facts.

    Raises
    ------
    Refused
        Nothing was declared by then.

    """
    last = None
    for entry in reader.entries(kinds=("declared",), use_case=use_case):
        if entry.index < end and entry.fact.type == "specs/1":
            last = entry
    if last is None:
        raise Refused(f"nothing was declared for {use_case} by then; plan its folder first")
    return declared_in(last.fact.body)


def fields(folder: Folder, standing: Standing | None, date: str) -> dict[str, str | None]:
    """Give what rules may ask about a use case; None is not known."""
    use_case, rollout = folder.use_case, folder.rollout
    model = None if use_case.model is None else folder.models.get(use_case.model.model)
    shown = None if rollout is None else any(w.mode == "live" for w in rollout.waves)
    acts_as = use_case.acts_as
    return {
        **answers(use_case.risk),
        "use_case.path": use_case.path,
        "use_case.priority": use_case.priority,
        "use_case.acts_as": acts_as if isinstance(acts_as, str) else None,
        "use_case.channel": use_case.workflow.channel,
        "use_case.shown": None if shown is None else "yes" if shown else "no",
        "use_case.predicts": None if model is None else "no" if model.engine == "rules" else "yes",
        "use_case.value": use_case.value.account,
        "tier": None if standing is None else standing.tier,
        "tool.made": None if model is None else "bought" if model.vendor else "built",
        "tool.vendor": None if model is None or not model.vendor else model.vendor,
        "date": date,
    }


def checkups(
    facts: Governance, use_case: str, rules: tuple[Bound, ...], date: str
) -> tuple[Checkup, ...]:
    """Hold rules against the ledger's facts."""
    about = facts.about(use_case, rules)
    return tuple(_checkup(each, about, date) for each in rules)


def _checkup(each: Bound, about: About, date: str) -> Checkup:
    proof, book = each.rule.proof, each.book
    wanted = Wanted(about, date, proof.args, proof.fresh_days)
    found = proved(proof.query, wanted, where=each.name)
    because = found.because
    if each.answer == "not_known":
        names = ", ".join(dict.fromkeys(asked(each.rule.applies_when)))
        because = f"{because}; whether it applies is not known ({names})"
    return Checkup(
        book=book.id,
        version=book.version,
        rule=each.rule.id,
        duty=each.rule.duty,
        section=each.rule.section,
        kept=found.kept,
        because=because,
        cites=found.cites,
        force=each.force,
        checked=book.checked(each.rule),
        is_sure=each.answer == "yes",
        is_confirmed=each.is_confirmed,
        shown=found.shown,
    )


def unmet(parts: Parts, folded: Folded, *forces: str) -> tuple[Checkup, ...]:
    """Give the rules of these forces that no fact shows to be met, today."""
    date = stamp(parts.clock.now())[:10]
    return _missing(parts, folded, owed(parts.folder, folded.heard, date), forces)


def _missing(
    parts: Parts, folded: Folded, its: Owed, forces: tuple[str, ...]
) -> tuple[Checkup, ...]:
    asking = tuple(each for each in its.rules if each.force in forces)
    if not asking:
        return ()
    facts, date = Governance(parts.reader, folded.until), stamp(parts.clock.now())[:10]
    found = checkups(facts, parts.use_case, asking, date)
    return tuple(each for each in found if each.kept == "missing")


def oversight(parts: Parts, folded: Folded) -> dict[str, object]:
    """Give what a packet tells of oversight: tier, review path, and which duties are missing."""
    date = stamp(parts.clock.now())[:10]
    found = owed(parts.folder, folded.heard, date)
    return {
        "tier": None if found.tier is None else found.tier.tier,
        "because": [] if found.tier is None else list(found.tier.computed.because),
        "review": found.duties.review,
        "duties": msgspec.to_builtins(found.duties),
        "duties_missing": [
            {"rule": each.name, "version": each.version, "force": each.force}
            for each in _missing(parts, folded, found, ("warn", "block"))
        ],
    }


def registered(parts: Parts, folded: Folded) -> bool:
    """Tell whether registration alone is asked of this use case, and it is registered.

    The tier must be known, low, and on record for the answers as they are; every committee of
    the folder must say that a low tier needs no vote, and a row of the inventory must name the
    use case. So whoever reads the ledger finds why nobody voted.
    """
    committees = parts.folder.committees.values()
    if not committees or any(c.registration_only is not True for c in committees):
        return False
    tier = owed(parts.folder, folded.heard, stamp(parts.clock.now())[:10]).tier
    if tier is None or tier.tier != "low":
        return False
    end = parts.reader.size() if folded.until is None else folded.until
    recorded = parts.reader.entries(kinds=("decided",), use_case=parts.use_case)
    records = [e.fact for e in recorded if e.index < end and e.fact.type == "tier/1"]
    answers = tier.computed.inputs_digest
    if not records or records[-1].body.get("inputs_digest") != answers:
        return False
    rows = (e.fact for e in parts.reader.entries(kinds=("ingested",)) if e.index < end)
    return any(f.type == "tool/1" and f.body.get("use_case") == parts.use_case for f in rows)
