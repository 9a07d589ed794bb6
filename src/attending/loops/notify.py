"""Notify: who must be told is told, beside everything else and never before it.

Each channel is served on its own, so that a mail server that hangs keeps no pager waiting,
and none of them is ever waited for by what holds or suspends. A message that was taken over
is recorded; one whose record was lost is sent again under its id.
"""

from __future__ import annotations

import os
import stat
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog

from attending import rooms
from attending.act import channels
from attending.act.channel import Channel, Outgoing, Undelivered
from attending.admit import read_lone
from attending.clock import stamp
from attending.decide.notice import Notices, subject, text
from attending.digest import digest
from attending.errors import NoSuchName, Refused
from attending.facts.fact import By, Fact
from attending.facts.notice import Notice
from attending.ledger.following import Following
from attending.spec.contacts import Contacts
from attending.spec.playbook import Playbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from attending.decide.notice import Message
    from attending.facts.fact import Kind, Via
    from attending.ledger.read import Reader
    from attending.loops.books import Books

PLAYBOOK = "playbook/declared"
FILE, NAMED_BY = "notices.yaml", "ATTENDING_NOTICES"
LOOKS_EVERY = 1.0  # seconds
URGENCY = {1: "critical", 2: "critical", 3: "error", 4: "warning"}
_log = structlog.get_logger("attending.notices")
KINDS: tuple[Kind, ...] = ("declared", "said", "decided", "acted")


def following(books: Books) -> Following[Notices]:
    """Give what keeps up with what there is to tell."""
    return followed(books.reader)


def followed(reader: Reader) -> Following[Notices]:
    """Give what keeps up with what there is to tell, for whoever only reads."""
    return Following(reader, Notices(), lambda n, entry: n.after(entry), kinds=KINDS)


def declare_playbook(books: Books, path: Path, person: str) -> bool:
    """Read a playbook and declare it; tell whether it is new.

    Raises
    ------
    SpecRefused
        With every mistake in it.
    NoSuchName
        It names a channel there is none of.

    """
    told, document = read_lone(path, Playbook)
    there = rooms.names(channels)
    for n, tell in enumerate(told.tells):
        for reached in tell.chain:
            if reached.by not in there:
                where = document.where(("tells", n))
                raise NoSuchName(reached.by, "the channels of notices", there, where=where)
    body = {"type": "playbook/1", "playbook": msgspec.to_builtins(told)}
    before = books.reader.latest(PLAYBOOK)
    if before is not None and digest(before.fact.body) == digest(body):
        return False
    by = By(person=person, via="cli")
    books.write([Fact(kind="declared", key=PLAYBOOK, at=books.at, by=by, body=body)])
    return True


def acknowledge(books: Books, named: str, person: str, via: Via = "cli") -> bool:
    """Write that a notice was acknowledged; tell whether it is new.

    Raises
    ------
    NoSuchName
        No such notice was ever sent.
    Refused
        Nobody says so.

    """
    notices = following(books).now()
    sent = {notice: tried.told for (notice, _), tried in notices.tried.items()}
    found = [notice for notice in sent if notice.startswith(named)] if named else []
    if len(found) != 1:
        raise NoSuchName(named, "the notices that were sent", sent)
    if not person.strip():
        raise Refused("say who acknowledges it")
    (notice,) = found
    if notice in notices.acknowledged:
        return False
    body: dict[str, object] = {"type": "acknowledged/1", "notice": notice}
    by = By(person=person, via=via)
    fact = Fact(kind="said", key=f"{notice}/acknowledged", at=books.at, by=by, body=body)
    books.write([fact])
    return True


def contacts_of(store: Path) -> Contacts:
    """Read who is reached where; the file is read again each time, so that it can be mended.

    Raises
    ------
    Refused
        There is none, or others than its owner may read it: it holds secrets.

    """
    path = Path(os.environ.get(NAMED_BY, "") or store / FILE)
    if not path.is_file():
        raise Refused("there are no contacts", where=str(path), accepted=["a file of Contacts"])
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Refused("others may read these contacts", where=str(path), accepted=["chmod 600"])
    return read_lone(path, Contacts)[0]


class Sender:
    """Sends what is due.

    Parameters
    ----------
    books
        The ledger.
    contacts
        Gives who is reached where.

    """

    def __init__(self, books: Books, contacts: Callable[[], Contacts]) -> None:
        self._books = books
        self._contacts = contacts
        self._following = following(books)

    def once(self, channel: str = "") -> int:
        """Send what is due by one channel, or by all; give how many were taken over."""
        now, sent = self._books.clock.now(), 0
        due = [m for m in self._following.now().due(now) if channel in ("", m.by)]
        for message in due:
            failed = self._send(message, now)
            sent += not failed
            self._books.write([self._fact(message, failed)])
        return sent

    def _send(self, message: Message, now: datetime) -> str:
        """Hand a message over; give why it was not taken, empty where it was."""
        try:
            contacts = self._contacts()
            post = contacts.post(message.to)
            if post is None:
                return "the contacts do not name this post"
            outgoing = Outgoing(
                notice=message.notice,
                sign=message.sign,
                subject=subject(message),
                text=text(message, contacts.console),
                urgency=_urgency(message),
                at=stamp(message.event.at),
                now=int(now.timestamp()),
            )
            _channel(message.by).send(outgoing, contacts, post)
        except Undelivered as error:
            return str(error)
        except Refused as error:
            return error.what
        except Exception as error:  # noqa: BLE001  one that cannot be sent keeps no other waiting
            return f"it broke ({type(error).__name__})"
        return ""

    def _fact(self, message: Message, failed: str) -> Fact:
        at = self._books.at
        body = Notice(
            notice=message.notice,
            to=message.to,
            channel=message.by,
            template=message.event.of,
            sign=message.sign,
            fact=message.event.index,
            level=message.level,
            attempt=message.attempt,
            sent_at=None if failed else at,
            failed=failed,
        )
        return Fact(
            kind="acted",
            key=f"{message.notice}/{message.sign}/{message.attempt}/notice",
            at=at,
            by=By(person="platform"),
            use_case=message.event.use_case or None,
            body={"type": "notice/1", **msgspec.to_builtins(body)},
        )


@contextmanager
def sending(books: Books, store: Path) -> Iterator[None]:
    """Send beside whoever is inside: a thread for each channel, while there is a playbook."""
    sender, stop = Sender(books, lambda: contacts_of(store)), threading.Event()

    def run(channel: str) -> None:
        while not stop.wait(LOOKS_EVERY):
            try:
                if books.reader.latest(PLAYBOOK) is not None:
                    sender.once(channel)
            except Exception:  # noqa: BLE001  what is due is due at the next look
                if not stop.is_set():
                    _log.exception("notices_failed", channel=channel)

    for name in rooms.names(channels):
        threading.Thread(target=run, args=(name,), name=f"notices-{name}", daemon=True).start()
    try:
        yield
    finally:
        stop.set()  # and nobody waits for a server that hangs: what was not recorded is sent again


def _channel(name: str) -> Channel:
    found = rooms.fetch(channels, name)
    if not isinstance(found, Channel):
        raise TypeError(name)
    return found


def _urgency(message: Message) -> str:
    if message.event.of == "incident":
        return URGENCY[message.event.severity]
    return "critical" if message.event.of == "suspension" else "warning"
