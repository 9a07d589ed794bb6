"""How a message lies in its file: as it came, or sealed with the store's key.

Sealed are its bytes and the names in its header, which a broken message may hold anything in.
In the columns stand then what the platform itself says of it, and for the sender and the control
id a keyed digest, so that a message that comes again is known.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from attending import shapes
from attending.errors import Refused
from attending.lake.five_calls import number
from attending.sealed import HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attending.lake.at_rest import AtRest
    from attending.lake.five_calls import Connection

KIND = re.compile(r"[A-Z]{3}\^[A-Z0-9]{0,3}")  # as HL7 spells it; nothing else is no kind
NO_KIND = ""
PAGE = 500  # messages looked at together
AT_ONCE = 100  # sealed anew in one commit: bounds how long a listener waits

HEADS = "SELECT n, substr(raw, 1, ?) FROM message WHERE n > ? ORDER BY n LIMIT ?"
ONE = "SELECT application, facility, control, kind, raw FROM message WHERE n = ?"
ANEW = """
UPDATE message SET application = ?, facility = ?, control = ?, kind = ?, raw = ? WHERE n = ?
"""
LEFTOVERS = "PRAGMA user_version"  # 1 while what was sealed anew may still lie in free pages


class Lies(NamedTuple):
    """What of a message the file holds: who sent it, under which id, of which kind, its bytes."""

    application: str
    facility: str
    control: str
    kind: str
    raw: bytes


def lying(given: Lies, there: AtRest) -> Lies:
    """Give a message as it is to lie in the file."""
    if not there.is_sealed:
        return given
    raw = there.sealed(msgspec.msgpack.encode(given))
    kind = given.kind if KIND.fullmatch(given.kind) else NO_KIND
    return Lies(*senders(given, there)[0], kind, raw)


def as_given(lies: Lies, there: AtRest) -> Lies:
    """Give a message as it came.

    Raises
    ------
    ProofFailed
        It is not sealed where every message is, or was altered.

    """
    opened = there.opened(lies.raw)
    return lies if opened is None else shapes.unpack(opened, Lies)


def senders(given: Lies, there: AtRest) -> list[tuple[str, str, str]]:
    """Give under what a sender and its control id may stand: first as they are written now."""
    plain = given[:3]
    name = json.dumps(plain)
    return [plain if each == name else ("", "", each) for each in there.names(name)]


def seal_anew(connection: Connection, there: Callable[[], AtRest]) -> int:
    """Seal every message with the key written with; give how many were sealed anew.

    Nothing of what stood there before is left in the file. Interrupted anywhere, it goes on when
    it is asked again.

    Raises
    ------
    Refused
        Somebody is reading the messages, and may still see what stood there.

    """
    connection.execute("PRAGMA secure_delete = ON")
    found = list(not_sealed(connection, there()))
    for first in range(0, len(found), AT_ONCE):
        _seal(connection, there, found[first : first + AT_ONCE])
    ((leftovers,),) = connection.execute(LEFTOVERS)
    if leftovers:
        connection.execute("VACUUM")
        connection.execute(f"{LEFTOVERS} = 0")
    ((busy, *_),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if busy:
        because = "somebody is reading the messages; end what runs on the store, and seal again"
        raise Refused(because)
    return len(found)


def not_sealed(connection: Connection, there: AtRest) -> Iterator[int]:
    """Give the messages that do not lie as is written now, by their numbers."""
    after = 0
    while page := connection.execute(HEADS, (HEADER, after, PAGE)):
        for n, head in page:
            if not (isinstance(head, bytes) and there.keeps(head)):
                yield number(n)
        after = number(page[-1][0])


def _seal(connection: Connection, there: Callable[[], AtRest], numbers: list[int]) -> None:
    connection.begin()
    try:
        lies = there()
        for n in numbers:
            (row,) = connection.execute(ONE, (n,))
            was = shapes.convert(row, Lies)
            connection.executemany(ANEW, [(*lying(as_given(was, lies), lies), n)])
        connection.execute(f"{LEFTOVERS} = 1")
        connection.commit()
    except BaseException:
        connection.execute("ROLLBACK")
        raise
