"""Tiers and rules, as people set them: computed, raised, lowered by two, and confirmed.

What people write as a reason lies sealed in the payload store; the facts hold its digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from attending.decide import tier as tiers
from attending.decide.duties import of_date
from attending.decide.heard import OFFICER, Heard, heard
from attending.digest import digest
from attending.errors import GateNotMet, NoSuchName, Refused
from attending.facts.fact import By, Fact
from attending.facts.tier import LEVELS
from attending.loops.declare import own_rulebooks
from attending.loops.rulebooks import TIERS, rule_of, shipped
from attending.loops.sealing import sealed

if TYPE_CHECKING:
    from attending.admit import Folder
    from attending.decide.tier import Standing
    from attending.facts.fact import Via
    from attending.facts.tier import Level, Tier
    from attending.ledger.read import Reader
    from attending.loops.books import Books


@dataclass(frozen=True)
class Speaker:
    """Who says something, in which role, and through which door."""

    person: str
    role: str = ""
    via: Via = "cli"


def all_heard(reader: Reader, end: int | None = None) -> Heard:
    """Fold what people said of tiers and rules, of the whole ledger or of its first facts."""
    known = Heard()
    for entry in reader.entries(kinds=("declared", "said")):
        if end is not None and entry.index >= end:
            break
        known = heard(known, entry)
    return known


def tier_of(folder: Folder, known: Heard, date: str) -> Standing:
    """Give the tier in force of a use case on a date.

    Raises
    ------
    Refused
        No rulebook of tiers is in force on that date.

    """
    books = of_date(shipped(), date)
    if TIERS not in books:
        raise Refused(f"no version of {TIERS} is in force on {date}")
    found = tiers.computed(folder.use_case.risk, books[TIERS])
    return tiers.in_force(found, known.overrides.get(folder.use_case.name, ()), date)


def record(books: Books, use_case: str, found: Tier, who: Speaker) -> bool:
    """Write the computed tier down; tell whether it is new. The same tier is written once."""
    key = f"{use_case}/tier/decided"
    body: dict[str, object] = {"type": "tier/1", **msgspec.to_builtins(found)}
    last = books.reader.latest(key)
    if last is not None and digest(last.fact.body) == digest(body):
        return False
    by = By(person=who.person, role=who.role, via=who.via)
    books.write([Fact(kind="decided", key=key, at=books.at, by=by, use_case=use_case, body=body)])
    return True


def override(books: Books, folder: Folder, to: Level, who: Speaker, *, why: str) -> Standing:
    """Write that somebody raises a tier, or their half of a lowering; give what is in force then.

    Raises
    ------
    Refused
        No reason is given, or it is of that tier already.
    GateNotMet
        Who lowers may not.

    """
    name, date = folder.use_case.name, books.at[:10]
    if to not in LEVELS:
        raise NoSuchName(to, "the tiers", LEVELS)
    if not why.strip():
        raise Refused("who sets a tier otherwise says why; it is sealed")
    known = all_heard(books.reader)
    now = tier_of(folder, known, date)
    if to == now.tier:
        raise Refused(f"{name} is {to} already", accepted=[t for t in LEVELS if t != to])
    if LEVELS.index(to) < LEVELS.index(now.tier):
        _check_half(known, now, name, (to, who))
    raw, because_of = sealed(why.strip())
    body = {
        "type": "tier_override/1",
        "from": now.tier,
        "to": to,
        "inputs_digest": now.computed.inputs_digest,
        "role": who.role,
        "why": because_of,
    }
    fact = Fact(
        kind="said",
        key=f"{name}/{books.reader.size()}/{who.person}/tier_override",
        at=books.at,
        by=By(person=who.person, role=who.role, via=who.via),
        use_case=name,
        body=dict(body),
    )
    books.write([fact], [raw])
    return tier_of(folder, all_heard(books.reader), date)


def _check_half(known: Heard, now: Standing, use_case: str, half: tuple[Level, Speaker]) -> None:
    to, who = half
    because = known.may_not_lower(use_case, who.person, who.role)
    if because is not None:
        raise GateNotMet(because)
    if now.until is not None:
        raise Refused(f"it was lowered already, until {now.until}; raise it first")
    spoken = known.overrides.get(use_case, ())
    last = spoken[-1] if spoken else None
    if last is None or not last.override.lowers or last.person != who.person:
        return
    if (last.override.to, last.override.inputs_digest) == (to, now.computed.inputs_digest):
        raise GateNotMet(f"{who.person} said so already, and it takes another person")


def confirm(books: Books, named: str, version: str, who: Speaker, *, read_where: str) -> bool:
    """Write that a compliance officer has read a rule in its own text; tell whether it is new.

    Raises
    ------
    NoSuchName
        There is no such rule or version.
    Refused
        It is not said where it was read.
    GateNotMet
        The person is no compliance officer here.

    """
    book, rule = rule_of(named, version, own=own_rulebooks(books.reader))
    if not read_where.strip():
        raise Refused("say where it was read: title, section, date; it is sealed")
    known = all_heard(books.reader)
    because = known.may_not_confirm(who.person)
    if because is not None:
        raise GateNotMet(because)
    full = f"{book.id}/{rule.id}"
    if (full, book.version) in known.confirmed:
        return False
    raw, where = sealed(read_where.strip())
    fact = Fact(
        kind="said",
        key=f"rulebooks/{full}/{book.version}/{who.person}/confirmed_rule",
        at=books.at,
        by=By(person=who.person, role=OFFICER, via=who.via),
        body={
            "type": "confirmed_rule/1",
            "rule": full,
            "version": book.version,
            "by": who.person,
            "read_where": where,
        },
    )
    books.write([fact], [raw])
    return True
