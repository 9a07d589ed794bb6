"""The inbox: every message of a feed as it arrived, on disk before it is acknowledged.

One SQLite file in WAL mode with `synchronous=FULL`; nothing weaker is accepted, since
it would acknowledge what a power cut takes back. A message is known by its sender's
application, facility and control id (MSH-3, MSH-4, MSH-10): the same bytes again are a
counted no-op; other bytes under an id already used are kept too, and parked, unless the
sender is declared to begin its ids anew.

All that is used of the database are the five calls of `Connection`, so that the crash
test runs this very code over a disk that loses power. In a store that is sealed each message is
sealed before it is written, so that no part of the file ever held it otherwise.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, NamedTuple

from attending.errors import NotDurable, Refused
from attending.lake.at_rest import AS_THEY_CAME, WIRE, at_rest
from attending.lake.five_calls import number
from attending.lake.inbox_rows import Lies, as_given, lying, not_sealed, seal_anew, senders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from attending.lake.at_rest import AtRest
    from attending.lake.five_calls import Connection, Value

Outcome = Literal["fresh", "again", "reused"]

PAGE = 500  # messages read at a time: bounded memory, and no cursor left open on a live store
BUSY_SECONDS = 10.0  # how long a writer waits for another; a commit takes milliseconds

REUSED = "control_id_reused"

BEGIN, COMMIT, ROLLBACK = "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
SETTINGS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")
DURABLE = """
SELECT (SELECT journal_mode FROM pragma_journal_mode) = 'wal'
   AND (SELECT synchronous FROM pragma_synchronous) >= 2
"""
SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS message (
      n INTEGER PRIMARY KEY,
      source TEXT NOT NULL,
      site TEXT NOT NULL,
      application TEXT NOT NULL,
      facility TEXT NOT NULL,
      control TEXT NOT NULL,
      kind TEXT NOT NULL,
      received_at TEXT NOT NULL,
      digest TEXT NOT NULL,
      raw BLOB NOT NULL,
      state TEXT NOT NULL,
      reason TEXT NOT NULL
    )
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS message_id
    ON message (source, control, application, facility, digest)
    """,
    """
    CREATE TABLE IF NOT EXISTS stretch (
      source TEXT NOT NULL,
      first INTEGER NOT NULL,
      last INTEGER NOT NULL,
      under TEXT NOT NULL,
      PRIMARY KEY (source, first)
    )
    """,
)
COLUMNS = (
    "n, source, site, application, facility, control, kind, received_at, digest, raw, state, reason"
)
KNOWN = """
SELECT n, digest, state, reason FROM message
WHERE source = ? AND control = ? AND application = ? AND facility = ? ORDER BY n
"""
KEEP = f"INSERT INTO message ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  our own names
LAST = "SELECT coalesce(max(n), 0) FROM message"
READ = f"SELECT {COLUMNS} FROM message WHERE n >= ? AND n <= ? AND source = ? ORDER BY n LIMIT ?"  # noqa: S608  our own names
SOURCES = "SELECT DISTINCT source FROM message ORDER BY source"
SITES = "SELECT DISTINCT site FROM message WHERE source = ? ORDER BY site"
COUNT = """
SELECT kind, state, reason, count(*) FROM message WHERE source = ?
GROUP BY kind, state, reason ORDER BY kind, state, reason
"""
STRETCHES = "SELECT first, last, under FROM stretch WHERE source = ? ORDER BY first"
NEXT = "SELECT n FROM message WHERE source = ? AND n > ? ORDER BY n LIMIT ?"
CUT = "INSERT INTO stretch (source, first, last, under) VALUES (?, ?, ?, '')"
NOTE = "UPDATE stretch SET under = ? WHERE source = ? AND first = ?"
ENDLESS = (1 << 63) - 1


class Arrived(NamedTuple):
    """One message as it came off the wire, with what its header says of it."""

    source: str
    site: str
    application: str
    facility: str
    control: str
    kind: str  # ADT^A01
    received_at: str  # RFC 3339, UTC
    raw: bytes
    parked: str = ""  # why it cannot be read, in one word; empty if it can
    may_reuse: bool = False  # its sender begins its control ids anew


class Kept(NamedTuple):
    """What became of one message: where it stands, and whether it was there already."""

    n: int
    outcome: Outcome
    parked: str  # the reason, or empty


class Message(NamedTuple):
    """One message as it is kept."""

    n: int
    source: str
    site: str
    application: str
    facility: str
    control: str
    kind: str
    received_at: str
    digest: str  # SHA-256 of the bytes, hexadecimal
    raw: bytes
    state: str  # accepted | parked
    reason: str


class Counted(NamedTuple):
    """How many messages of one kind are in one state."""

    kind: str
    state: str
    reason: str
    n: int


class Stretch(NamedTuple):
    """Messages that are carried on together, now and whenever they are carried again."""

    first: int
    last: int
    under: str  # digest of what they were last read by; empty if they never were


class SqliteConnection:
    """The five calls over the standard library's SQLite."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )

    def begin(self) -> None:
        """Take the write lock now, so that the last number cannot move."""
        self._database.execute(BEGIN)

    def execute(self, sql: str, values: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        """Run one statement and give its rows."""
        return self._database.execute(sql, values).fetchall()

    def executemany(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement for every row."""
        self._database.executemany(sql, rows)

    def commit(self) -> None:
        """Return when the write-ahead log is on disk."""
        self._database.execute(COMMIT)

    def close(self) -> None:
        """Close; an open transaction is rolled back."""
        self._database.close()


class Inbox:
    """The messages of every feed of a store, in the order they were received.

    Parameters
    ----------
    connection
        The five calls; the settings are applied, and read back.
    there
        Tells how messages lie here, asked anew for every commit: a store may be sealed while
        this is open.

    Raises
    ------
    NotDurable
        If the database would acknowledge a message before it is on disk.

    """

    def __init__(
        self, connection: Connection, there: Callable[[], AtRest] = lambda: AS_THEY_CAME
    ) -> None:
        self._connection, self._there = connection, there
        for statement in SETTINGS:
            connection.execute(statement)
        ((durable,),) = connection.execute(DURABLE)
        if not durable:
            raise NotDurable("the database would acknowledge a message before it is on disk")
        connection.begin()
        for statement in SCHEMA:
            connection.execute(statement)
        connection.commit()

    def keep(self, arrived: Sequence[Arrived]) -> list[Kept]:
        """Write messages in one commit, and say of each what became of it.

        Raises
        ------
        NotDurable
            If they could not be written; then none of them was.

        """
        try:
            self._connection.begin()
            kept, rows = self._settle(arrived)
            if rows:
                self._connection.executemany(KEEP, rows)
            self._connection.commit()
        except Exception as error:
            self._give_up()
            raise NotDurable(f"no message could be written: {error}") from error
        return kept

    def messages(self, source: str, *, first: int = 1, last: int = ENDLESS) -> Iterator[Message]:
        """Give the messages of a feed in the order received, from one to another."""
        while True:
            page = self._connection.execute(READ, (first, last, source, PAGE))
            there = self._there()
            for row in page:
                yield _opened(Message._make(row), there)
            if len(page) < PAGE:
                return
            first = number(page[-1][0]) + 1

    def sources(self) -> list[str]:
        """List the feeds that messages came from."""
        return [str(name) for (name,) in self._connection.execute(SOURCES)]

    def sites(self, source: str) -> list[str]:
        """List the sites that messages of a feed are of: one, unless two bore one name."""
        return [str(name) for (name,) in self._connection.execute(SITES, (source,))]

    def counted(self, source: str) -> list[Counted]:
        """Count a feed's messages by kind, state and reason."""
        return [Counted._make(row) for row in self._connection.execute(COUNT, (source,))]

    def stretches(self, source: str) -> list[Stretch]:
        """Give the stretches a feed's messages were cut into so far, in order."""
        return [Stretch._make(row) for row in self._connection.execute(STRETCHES, (source,))]

    def cut(self, source: str, at_most: int) -> Stretch | None:
        """Cut the next stretch of messages that belong to none; None if there are none."""
        self._connection.begin()
        known = self._connection.execute(STRETCHES, (source,))
        after = number(known[-1][1]) if known else 0
        following = self._connection.execute(NEXT, (source, after, at_most))
        found = [number(n) for (n,) in following]
        if found:
            self._connection.execute(CUT, (source, found[0], found[-1]))
        self._connection.commit()
        return Stretch(found[0], found[-1], "") if found else None

    def note(self, source: str, stretch: Stretch, under: str) -> None:
        """Note what a stretch was read by; losing the note costs work and nothing else."""
        self._connection.begin()
        self._connection.execute(NOTE, (under, source, stretch.first))
        self._connection.commit()

    def seal(self) -> int:
        """Seal every message with the key written with; give how many were sealed anew.

        Raises
        ------
        Refused
            Somebody is reading the messages, and may still see what stood there.

        """
        return seal_anew(self._connection, self._there)

    def unsealed(self) -> tuple[int, int]:
        """Give how many messages there are, and how many do not lie sealed as is written now."""
        ((total,),) = self._connection.execute("SELECT count(*) FROM message")
        return number(total), sum(1 for _ in not_sealed(self._connection, self._there()))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _settle(self, arrived: Sequence[Arrived]) -> tuple[list[Kept], list[tuple[Value, ...]]]:
        ((last,),) = self._connection.execute(LAST)
        n = number(last)
        kept: list[Kept] = []
        rows: list[tuple[Value, ...]] = []
        now: dict[tuple[str, ...], list[tuple[str, Kept]]] = {}  # by id: what stands there
        there = self._there()
        for one in arrived:
            given = Lies(one.application, one.facility, one.control, one.kind, one.raw)
            key = (one.source, one.control, one.application, one.facility)
            if key not in now:
                now[key] = self._standing(one.source, senders(given, there))
            digest = sha256(one.raw).hexdigest()
            same = next((found for was, found in now[key] if was == digest), None)
            if same is not None:
                kept.append(same._replace(outcome="again"))
                continue
            n += 1
            # A message without a control id bears no name that could have been used before.
            reused = bool(now[key]) and bool(one.control)
            parked = one.parked or (REUSED if reused and not one.may_reuse else "")
            found = Kept(n, "reused" if reused else "fresh", parked)
            now[key].append((digest, found))
            kept.append(found)
            *told, raw = lying(given, there)
            state = "parked" if parked else "accepted"
            rows.append(
                (n, one.source, one.site, *told, one.received_at, digest, raw, state, parked)
            )
        return kept, rows

    def _standing(
        self, source: str, names: Sequence[tuple[str, str, str]]
    ) -> list[tuple[str, Kept]]:
        found = [
            (number(n), str(digest), str(reason))
            for application, facility, control in names
            for n, digest, _, reason in self._connection.execute(
                KNOWN, (source, control, application, facility)
            )
        ]
        return [(digest, Kept(n, "again", reason)) for n, digest, reason in sorted(found)]

    def _give_up(self) -> None:
        with suppress(Exception):  # nothing was begun, or the disk has gone
            self._connection.execute(ROLLBACK)


def _opened(message: Message, there: AtRest) -> Message:
    lies = Lies(message.application, message.facility, message.control, message.kind, message.raw)
    return message._replace(**as_given(lies, there)._asdict())


def inbox_file(store: Path) -> Path:
    """Give the file in which a store keeps its messages."""
    return store / WIRE / "messages.db"


def open_inbox(store: Path, *, writing: bool = True) -> Inbox:
    """Open a store's messages; to write, they are made where they are not.

    Raises
    ------
    Refused
        If there are none, and nobody means to write; or they are sealed, and the key is not there.

    """
    path = inbox_file(store.resolve())
    at_rest(path)
    if not writing and not path.exists():
        raise Refused("no messages are kept here", where=str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    return Inbox(SqliteConnection(path), lambda: at_rest(path))
