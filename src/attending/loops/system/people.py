"""People are declared, given roles, and let go; a break-glass view is looked into.

Whether something counts is asked of `decide/people`, here and whenever the ledger is folded.
Saying the same twice writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import msgspec

from attending.decide.people import (
    ADMIN,
    SHAPES,
    TYPES,
    People,
    after,
    refusal,
    step,
)
from attending.decide.permissions import Need
from attending.decide.permissions import refusal as may_not
from attending.errors import GateNotMet, NoSuchName, Refused
from attending.facts.fact import By, Fact
from attending.facts.people import (
    PURPOSES,
    AccessReviewed,
    Departed,
    Person,
    Role,
    RoleEnded,
    Viewed,
    ViewReviewed,
    subject_digest,
)
from attending.ledger.randomness import random_bytes
from attending.loops.sealing import sealed_if_any
from attending.report.data.access_log import access_log
from attending.spec.person import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.decide.people import Said
    from attending.facts.fact import Via
    from attending.ledger.read import Reader
    from attending.loops.books import Books
    from attending.spec.people import PeopleDeclared, PersonDeclared

KEY_BYTES = 16
SHORTEST_REASON = 3
LONGEST_REASON = 2000
NAMES = {shape: name for name, shape in SHAPES.items()}


@dataclass(frozen=True)
class Voice:
    """Who says it, and through which door."""

    person: str
    via: Via = "cli"


def known(reader: Reader) -> People:
    """Fold everybody out of a ledger."""
    people = People()
    for entry in reader.entries(kinds=("said",)):
        if entry.fact.type in TYPES:
            people = step(people, entry)
    return people


def declare(books: Books, asked: PeopleDeclared, voice: Voice) -> list[Fact]:
    """Write down what a file says of people; give what was new.

    Admins come last where nobody is admin yet: before there is one, whoever opened the store
    may say the rest.

    Raises
    ------
    GateNotMet
        By rule, with nothing written.

    """
    people, date = known(books.reader), books.at[:10]
    made: list[Fact] = []
    roles = [role for each in asked.people for role in _roles(each, date, people)]
    admins = [r.person for r in roles if r.role == ADMIN and r.on(date)]
    if not people.admins(date) and len(admins) != 1:
        raise GateNotMet("nobody is admin here yet: this file names one, who then names others")
    last = sorted(roles, key=lambda role: role.role == ADMIN)
    wanted: list[Said] = [*(_person(each) for each in asked.people), *last]
    for said in wanted:
        if _stands(people, said):
            continue
        fact = _fact(books, said, voice, len(made))
        _check(people, said, voice, date)
        people = after(people, fact)
        made.append(fact)
    if made:
        books.write(made)
    return made


def say(books: Books, said: Said, voice: Voice) -> bool:
    """Write one thing said of a person; tell whether it is new.

    Raises
    ------
    GateNotMet
        By rule.
    NoSuchName
        There is no such person or role, with the nearest one.

    """
    people = known(books.reader)
    if said.person not in people.persons and not isinstance(said, Person):
        raise NoSuchName(said.person, "the people declared here", people.persons)
    if isinstance(said, (Role, RoleEnded)) and said.role not in ROLES:
        raise NoSuchName(said.role, "the roles there are", ROLES)
    if isinstance(said, Departed) and said.person in people.departed:
        return False
    if _stands(people, said):
        return False
    _check(people, said, voice, books.at[:10])
    books.write([_fact(books, said, voice, 0)])
    return True


def look(books: Books, viewed: Viewed, voice: Voice, *, why: str = "") -> int:
    """Write down that somebody looks, before they are shown it; give the fact's index.

    Raises
    ------
    Refused
        There is no such purpose, or the rules are set aside without a reason.

    """
    if viewed.patient and viewed.purpose not in PURPOSES:
        raise Refused("say what you look at it for", accepted=PURPOSES)
    why = why.strip()
    if viewed.break_glass and not SHORTEST_REASON <= len(why) <= LONGEST_REASON:
        raise Refused("to set the rules aside takes a reason; it is sealed")
    payload, named = sealed_if_any(why)
    body = {"type": "viewed/1", **_plain(msgspec.structs.replace(viewed, why=named))}
    index = books.reader.size()
    fact = Fact(
        kind="acted",
        key=f"viewed/{random_bytes(KEY_BYTES).hex()}/acted",
        at=books.at,
        by=By(person=voice.person, via=voice.via),
        body=body,
    )
    books.write([fact], payload)
    found = books.reader.latest(fact.key)
    return found.index if found is not None else index


def review(books: Books, reviewed: ViewReviewed, voice: Voice) -> bool:
    """Write down that a break-glass view was looked into; tell whether it is new.

    Raises
    ------
    Refused
        The fact is no break-glass view, or it is the reviewer's own.

    """
    if reviewed.view >= books.reader.size():
        raise Refused(f"there is no fact {reviewed.view}")
    fact = books.reader.entry(reviewed.view).fact
    if fact.type != "viewed/1" or not fact.body.get("break_glass"):
        raise Refused(f"fact {reviewed.view} is no view that set the rules aside")
    if fact.by.person == voice.person:
        raise GateNotMet("nobody looks into their own view")
    need = Need("review", "access_log")
    barred = may_not(known(books.reader), voice.person, need, date=books.at[:10])
    if barred is not None:
        raise GateNotMet(barred)
    body = {"type": "view_reviewed/1", **_plain(reviewed)}
    key = f"{fact.key.removesuffix('/acted')}/reviewed/said"
    before = books.reader.latest(key)
    if before is not None and before.fact.body == body:
        return False
    by = By(person=voice.person, via=voice.via)
    books.write([Fact(kind="said", key=key, at=books.at, by=by, body=body)])
    return True


def settle(books: Books, told: AccessReviewed, voice: Voice) -> bool:
    """Write down that a day of unusual looks was looked into; tell whether it is new.

    Raises
    ------
    Refused
        That day is none to look into, or not theirs.
    GateNotMet
        They may not, or they are among those who looked.

    """
    log = access_log(books.reader).now()
    days = {f"{d.whose} {d.who} {d.on}": d for d, _ in log.unusual()}
    name = f"{told.whose} {told.who} {told.on}"
    if name not in days:
        raise Refused(f"{name} is no day of unusual looks", accepted=sorted(days))
    looked = {seen.person for seen in log.looks() if seen.fact in days[name].cites}
    if voice.person in looked:
        raise GateNotMet("nobody looks into their own looks")
    need = Need("review", "access_log")
    barred = may_not(known(books.reader), voice.person, need, date=books.at[:10])
    if barred is not None:
        raise GateNotMet(barred)
    body = {"type": "access_reviewed/1", **_plain(told)}
    key = f"access/{told.whose}/{told.who}/{told.on}/reviewed/said"
    before = books.reader.latest(key)
    if before is not None and before.fact.body == body:
        return False
    by = By(person=voice.person, via=voice.via)
    books.write([Fact(kind="said", key=key, at=books.at, by=by, body=body)])
    return True


def _person(each: PersonDeclared) -> Person:
    named = each.signs_in
    digest = subject_digest(named.issuer, named.subject) if named is not None else ""
    return Person(person=each.person, printed_name=each.printed_name, subject=digest)


def _roles(each: PersonDeclared, date: str, people: People) -> Iterable[Role]:
    for role in each.roles:
        held = people.roles.get((each.person, role.role))
        yield Role(
            person=each.person,
            role=role.role,
            sites=role.sites,
            units=role.units,
            tools=role.tools,
            since=role.since or (held.since if held is not None else date),
            to=role.to,
        )


def _stands(people: People, said: Said) -> bool:
    """Tell whether it is what stands already."""
    if isinstance(said, Person):
        return people.persons.get(said.person) == said and said.person not in people.departed
    if isinstance(said, Role):
        return people.roles.get((said.person, said.role)) == said
    return False


def _check(people: People, said: Said, voice: Voice, date: str) -> None:
    because = refusal(people, said, by=voice.person, via=voice.via, date=date)
    if because is not None:
        raise GateNotMet(because)


def _fact(books: Books, said: Said, voice: Voice, n: int) -> Fact:
    """Make a fact of it; its key holds the index, for the same may be said again later."""
    name = NAMES[type(said)]
    what = said.role if isinstance(said, (Role, RoleEnded)) else name.partition("/")[0]
    return Fact(
        kind="said",
        key=f"people/{said.person}/{what}/{books.reader.size() + n}/said",
        at=books.at,
        by=By(person=voice.person, via=voice.via),
        body={"type": name, **_plain(said)},
    )


def _plain(said: msgspec.Struct) -> dict[str, object]:
    return cast("dict[str, object]", msgspec.to_builtins(said))
