"""Keys of callers are put on record and taken out of use; the gateways obey.

A new key is registered beside the old one, and the old one is retired once nobody signs with it
any more: so a client rotates without a call refused. What is retired stays retired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.decide.permissions import Need
from attending.decide.permissions import refusal as may_not
from attending.errors import GateNotMet, NoSuchName, Refused
from attending.facts.credential import Credential, Credentials
from attending.facts.fact import By, Fact
from attending.loops.sealing import reason
from attending.loops.system.people import known as people_of
from attending.serve.callers.on_record import registering

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.ledger.read import Reader
    from attending.loops.books import Books
    from attending.loops.system.people import Voice

KINDS = ("declared", "said")
SHORTEST = 8  # characters of a thumbprint that name it


def known(reader: Reader) -> Credentials:
    """Fold the keys on record out of a ledger."""
    found = Credentials()
    for entry in reader.entries(kinds=KINDS):
        found = found.after(entry)
    return found


def register(books: Books, found: Iterable[Credential], voice: Voice) -> list[Credential]:
    """Put keys on record; give those that were new.

    Parameters
    ----------
    books, voice
        The ledger, and who says so.
    found
        What a file of callers holds.

    Raises
    ------
    GateNotMet
        Who says so may not.
    Refused
        The file holds a key that was retired; nothing of it is taken.

    """
    _check(books, voice, "grant")
    there, found = known(books.reader), list(found)
    for each in found:
        if there.is_retired(each.key):
            raise Refused(
                f"key {each.key} was retired and does not come back; make a new one",
                where=f"client {each.client}",
            )
    by = By(person=voice.person, via=voice.via)
    new = registering(found, there, by=by, at=books.at)
    if new:
        books.write(new)
    return [shapes.convert(fact.body, Credential) for fact in new]


def retire(books: Books, named: str, voice: Voice, *, why: str) -> bool:
    """Take a key out of use everywhere; tell whether it was in use.

    Parameters
    ----------
    books, voice
        The ledger, and who says so.
    named
        Its thumbprint, or the beginning of it.
    why
        The reason; it is sealed.

    Raises
    ------
    GateNotMet
        Who says so may not.
    NoSuchName
        No key on record is called so, or several are.
    Refused
        No reason is given.

    """
    _check(books, voice, "revoke")
    keys = known(books.reader).keys
    found = [each for each in keys if each.startswith(named)] if len(named) >= SHORTEST else []
    if len(found) != 1:
        raise NoSuchName(named, "the keys on record", keys)
    there = keys[found[0]]
    if there.state == "retired":
        return False
    raw, digest = reason(why, of="the retirement of a key")
    said = msgspec.structs.replace(there, state="retired", why=digest)
    fact = Fact(
        kind="said",
        key=f"credential/{there.key}/retired",
        at=books.at,
        by=By(person=voice.person, via=voice.via),
        body=msgspec.to_builtins(said),
    )
    books.write([fact], [raw])
    return True


def _check(books: Books, voice: Voice, verb: str) -> None:
    barred = may_not(people_of(books.reader), voice.person, Need(verb, "key"), date=books.at[:10])
    if barred is not None:
        raise GateNotMet(barred)
