"""Keep, hold and erase: rules are adopted, holds placed, and two people erase what is due.

What is due is never kept anywhere: it is folded from the facts each time, when it is asked for,
when somebody asks to erase it, and again when a second person agrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.admit import read_lone
from attending.digest import digest
from attending.errors import GateNotMet, NoSuchName, Refused, Stale
from attending.facts.evidence import Agreed, Asked, LegalHold, Rule, Rules
from attending.facts.fact import Fact
from attending.facts.retention import Due, due, keeping
from attending.loops.sealing import reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attending.facts.entry import Entry
    from attending.facts.fact import By
    from attending.facts.retention import Keeping
    from attending.ledger.read import Reader
    from attending.loops.books import Books

SHORTEST = 8  # characters of a digest that name it


@dataclass(frozen=True)
class Listed:
    """What is due today.

    Attributes
    ----------
    kept
        The rules and the holds.
    found
        What is due, in order: facts that are there, and payloads that are.

    """

    kept: Keeping
    found: tuple[Due, ...]

    def free(self, rule: str) -> list[Due]:
        """Give what a schedule may erase now."""
        return [each for each in self.found if each.rule == rule and not each.blocked]


def rules_in(folder: Path | None = None) -> tuple[Rule, ...]:
    """Read rules of retention, one to a file; those shipped when no folder is given.

    Raises
    ------
    Refused
        There are none, or two bear one name.

    """
    if folder is None:
        with as_file(files("attending").joinpath("retention")) as shipped:
            return rules_in(shipped)
    found = [read_lone(path, Rule)[0] for path in sorted(folder.glob("*.yaml"))]
    if not found:
        raise Refused("there is no rule of retention here", where=str(folder))
    names = [rule.rule for rule in found]
    for name in names:
        if names.count(name) > 1:
            raise Refused(f"two rules are called {name}", where=str(folder))
    return tuple(found)


def adopt(books: Books, rules: Sequence[Rule], by: By) -> bool:
    """Put rules in force, in the place of those before; tell whether that changes anything."""
    named = digest(msgspec.to_builtins(rules))
    now = kept_in(books.reader).rules
    if now is not None and now.digest == named:
        return False
    body = msgspec.to_builtins(Rules(rules=tuple(rules), digest=named))
    key = f"retention/{books.reader.size()}/rules"
    books.write([Fact(kind="declared", key=key, at=books.at, by=by, body=body)])
    return True


def place(books: Books, hold: str, by: By, *, why: str, reach: tuple[str, str] = ("", "")) -> bool:
    """Place a legal hold on a use case and a site, or on everything; tell whether it is new.

    Raises
    ------
    Refused
        It has no name or no reason, or stands already with another reach.

    """
    if not hold.strip():
        raise Refused("a legal hold has a name, such as the matter's")
    there = kept_in(books.reader).holds.get(hold)
    if there is not None:
        if (there[0].use_case, there[0].site) == reach:
            return False
        raise Refused(
            f"legal hold {hold} stands, on something else; give this one a name", where=hold
        )
    _say(
        books,
        LegalHold(hold=hold, state="placed", use_case=reach[0], site=reach[1], why=""),
        by,
        why,
    )
    return True


def lift(books: Books, hold: str, by: By, *, why: str) -> bool:
    """Lift a legal hold; tell whether it stood.

    Raises
    ------
    NoSuchName
        None of this name was ever placed.
    Refused
        No reason is given.

    """
    there = kept_in(books.reader).holds
    if hold not in there:
        ever = {str(e.fact.body["hold"]) for e in _of(books.reader, "legal_hold/1")}
        if hold in ever:
            return False
        raise NoSuchName(hold, "the legal holds of this ledger", there)
    _say(books, msgspec.structs.replace(there[hold][0], state="lifted"), by, why)
    return True


def listed(books: Books) -> Listed:
    """Give what is due today under the rules in force; nothing is where none were adopted."""
    return due_on(books.reader, books.clock.now().astimezone(UTC).date().isoformat())


def due_on(reader: Reader, today: str) -> Listed:
    """Give what is due on a date."""
    entries = list(reader.entries())
    kept = keeping(entries)
    found = due(entries, kept, today)
    of = {rule.rule: rule.of for rule in kept.rules.rules} if kept.rules is not None else {}
    sealed = [_sealed(reader, each) for each in found]
    return Listed(kept, tuple(d for d in sealed if of[d.rule] == "facts" or d.names))


def ask(books: Books, rule: str, by: By) -> Asked | None:
    """Ask to erase all that is due under a schedule and not blocked; None where nothing is due.

    Raises
    ------
    NoSuchName
        No schedule in force is called so.
    GateNotMet
        Something is due, and all of it is blocked.

    """
    there = listed(books)
    rules = there.kept.rules
    schedules = {r.rule: r for r in rules.rules if r.duty == "erase"} if rules is not None else {}
    if rules is None or rule not in schedules:
        raise NoSuchName(rule, "the schedules in force", schedules)
    free = there.free(rule)
    if not free:
        blocked = next((each for each in there.found if each.rule == rule), None)
        if blocked is not None:
            raise GateNotMet(f"fact {blocked.index} is due, but {blocked.blocked}", where=rule)
        return None
    facts = [each.index for each in free] if schedules[rule].of == "facts" else []
    names = sorted({name for each in free for name in each.names})
    body = {"rule": rule, "rules": rules.digest, "indexes": facts, "payloads": names}
    asked = shapes.convert(body | {"type": "erasure_asked/1", "digest": digest(body)}, Asked)
    if asked.digest not in there.kept.asked:
        key = f"retention/{asked.digest}/asked"
        said = msgspec.to_builtins(asked)
        books.write([Fact(kind="said", key=key, at=books.at, by=by, body=said)])
    return asked


def agree(books: Books, named: str, by: By) -> Asked:
    """Agree to an erasure that another person asked for, and carry it out.

    Raises
    ------
    NoSuchName
        Nobody asked for it.
    GateNotMet
        The same person asked for it.
    Stale
        What was asked for is no longer what may be erased.

    """
    there = listed(books)
    asked, person = _asked(there.kept, named)
    if person == by.person:
        raise GateNotMet(f"{person} asked for it; a second person agrees", where=named[:12])
    if all(_is_gone(books.reader, index) for index in asked.indexes) and not any(
        books.reader.sealed(name) for name in asked.payloads
    ):
        return asked
    free = there.free(asked.rule)
    rules = there.kept.rules
    facts = {each.index for each in free}
    names = {name for each in free for name in each.names}
    left = [i for i in asked.indexes if not _is_gone(books.reader, i)]
    same = rules is not None and rules.digest == asked.rules
    if not same or not {*left} <= facts or not {*asked.payloads} <= names | _gone(books, asked):
        raise Stale("a hold, a rule or a decision has changed since it was asked for; ask again")
    if asked.digest not in there.kept.agreed:
        said = msgspec.to_builtins(Agreed(digest=asked.digest))
        key = f"retention/{asked.digest}/agreed"
        books.write([Fact(kind="said", key=key, at=books.at, by=by, body=said)])
    books.pen.erase(
        asked.indexes,
        by=msgspec.structs.replace(by, person=person),
        at=books.at,
        because=f"rule {asked.rule}, asked for and agreed to as {asked.digest}",
        payloads=asked.payloads,
    )
    return asked


def kept_in(reader: Reader) -> Keeping:
    """Fold the rules and the holds of a ledger."""
    return keeping(reader.entries(kinds=("said", "declared")))


def _asked(kept: Keeping, named: str) -> tuple[Asked, str]:
    bear = [d for d in kept.asked if d.startswith(named)] if len(named) >= SHORTEST else []
    if len(bear) != 1:
        raise NoSuchName(named, "the erasures that were asked for", [d[:12] for d in kept.asked])
    return kept.asked[bear[0]][:2]


def _sealed(reader: Reader, each: Due) -> Due:
    """Leave of the names those of payloads that are there."""
    names = tuple(name for name in each.names if reader.sealed(name) is not None)
    return Due(each.rule, each.index, each.since, each.blocked, names)


def _is_gone(reader: Reader, index: int) -> bool:
    return reader.row(index).raw is None


def _gone(books: Books, asked: Asked) -> set[str]:
    return {name for name in asked.payloads if books.reader.sealed(name) is None}


def _of(reader: Reader, kind: str) -> list[Entry]:
    return [entry for entry in reader.entries(kinds=("said",)) if entry.fact.type == kind]


def _say(books: Books, hold: LegalHold, by: By, why: str) -> None:
    """Write a hold's word, its reason sealed."""
    raw, name = reason(why, of="a legal hold")
    body = msgspec.to_builtins(msgspec.structs.replace(hold, why=name))
    key = f"legal-hold/{hold.hold}/{books.reader.size()}/{hold.state}"
    books.write([Fact(kind="said", key=key, at=books.at, by=by, body=body)], [raw])
