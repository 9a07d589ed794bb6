"""What a store is: five calls of a connection, and the SQL that runs over them.

The five calls are all that production uses of a database driver. The crash test
passes a connection of its own over a disk that loses power, and runs this very
code: the same statements, the same settings, the same order of commit.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, Protocol

from attending.errors import NotDurable
from attending.ledger.payload import Sealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Value = str | bytes | int | float | None

PAGE = 2000  # rows fetched at a time: bounded memory, and no cursor left open on a live store


class Connection(Protocol):
    """The five calls."""

    def begin(self) -> None:
        """Take the writer's place; wait for whoever holds it."""

    def execute(self, sql: str, values: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        """Run one statement and give its rows."""

    def executemany(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement for every row."""

    def commit(self) -> None:
        """Return only when everything since `begin` is on disk."""

    def close(self) -> None:
        """Let go; whatever was not committed is gone."""


class Row(NamedTuple):
    """One fact as it is kept."""

    idx: int
    kind: str
    key: str
    use_case: str | None
    site: str | None
    release: str | None
    content: bytes | None
    salt: bytes | None
    leaf: bytes
    raw: bytes | None
    erased_by: int | None = None


class Version(NamedTuple):
    """One fact that bears a key: where it stands and the digest of what was delivered."""

    key: str
    at: int
    content: bytes | None


def named_queries(text: str) -> dict[str, str]:
    """Read a file of statements, each under a line ``-- name: something``."""
    queries: dict[str, str] = {}
    for part in text.split("-- name: ")[1:]:
        name, _, body = part.partition("\n")
        lines = [line for line in body.splitlines() if not line.startswith("--")]
        queries[name.strip()] = "\n".join(lines).strip()
    return queries


def statements(query: str) -> list[str]:
    """Split a named query that holds several statements."""
    return [part.strip() for part in query.split(";") if part.strip()]


class Store:
    """The ledger's rows, whichever database keeps them.

    Parameters
    ----------
    connection
        The five calls.
    sql
        The named statements, in that database's own dialect.

    """

    def __init__(self, connection: Connection, sql: Mapping[str, str]) -> None:
        self._connection = connection
        self._sql = sql
        self.begin = connection.begin
        self.commit = connection.commit
        self.close = connection.close

    def prepare(self) -> None:
        """Set what durability needs, read it back, and lay the tables.

        Raises
        ------
        NotDurable
            If the database reads back anything weaker than was asked for.

        """
        self.settle()
        self._connection.begin()
        for statement in statements(self._sql["schema"]):
            self._connection.execute(statement)
        self._connection.commit()

    def settle(self) -> None:
        """Apply the settings and refuse a database that did not take them."""
        for statement in statements(self._sql["settings"]):
            self._connection.execute(statement)
        ((kept,),) = self._connection.execute(self._sql["durable"])
        if not kept:
            raise NotDurable("the database would acknowledge a record before it is on disk")

    def tip(self) -> tuple[int, bytes]:
        """Give the size and the last leaf hash."""
        found = self._connection.execute(self._sql["tip"])
        return (_int(found[0][0]), _bytes(found[0][1])) if found else (0, b"")

    def leaves(self, start: int) -> Iterator[tuple[int, bytes]]:
        """Give (index, leaf hash) from `start` on."""
        while True:
            page = self._connection.execute(self._sql["leaves"], (start, PAGE))
            for index, leaf in page:
                yield _int(index), _bytes(leaf)
            if len(page) < PAGE:
                return
            start = _int(page[-1][0]) + 1

    def versions(self, keys: Iterable[str]) -> list[Version]:
        """Give every fact that bears one of these keys."""
        asked = json.dumps(sorted(set(keys)))
        found = self._connection.execute(self._sql["versions"], (asked,))
        return [
            Version(str(key), _int(index), None if content is None else _bytes(content))
            for key, index, content in found
        ]

    def insert(self, rows: Sequence[Row]) -> None:
        """Add rows; `commit` makes them so."""
        self._connection.executemany(self._sql["insert"], [row[:10] for row in rows])

    def keep(self, payloads: Iterable[Sealed]) -> None:
        """Add sealed payloads; one that is there already stays as it is."""
        self._connection.executemany(self._sql["keep"], list(payloads))

    def sealed(self, digest: str) -> Sealed | None:
        """Give a payload as it is kept."""
        for name, nonce, sealed in self._connection.execute(self._sql["sealed"], (digest,)):
            return Sealed(str(name), _bytes(nonce), _bytes(sealed))
        return None

    def drop(self, digests: Iterable[str]) -> None:
        """Forget payloads."""
        self._connection.executemany(self._sql["drop"], [(digest,) for digest in digests])

    def erase(self, indexes: Iterable[int], *, erased_by: int) -> None:
        """Forget the bytes, the salt and the content digest; the leaf hash stays."""
        self._connection.executemany(self._sql["erase"], [(erased_by, i) for i in indexes])

    def scrub(self) -> None:
        """Ask the database to let go of what it keeps of erased rows."""
        self._connection.execute(self._sql["scrub"])

    def rows(self, start: int, end: int) -> Iterator[Row]:
        """Give every row of [start, end) in order."""
        for page in self.pages(start, end):
            yield from page

    def pages(
        self,
        start: int,
        end: int,
        *,
        kind: str | None = None,
        use_case: str | None = None,
    ) -> Iterator[list[Row]]:
        """Give the rows of [start, end) in order, of one kind or use case, in pages."""
        wanted = {"kind": kind, "use_case": use_case}
        given = {name: value for name, value in wanted.items() if value is not None}
        query = self._sql["rows" + ("_of_" if given else "") + "_and_".join(given)]
        while start < end:
            found = self._connection.execute(query, (*given.values(), start, end, PAGE))
            page = [Row._make(row) for row in found]
            if page:
                yield page
            if len(page) < PAGE:
                return
            start = page[-1].idx + 1

    def latest(self, key: str) -> int | None:
        """Give the index of the last fact that bears this key."""
        ((index,),) = self._connection.execute(self._sql["latest"], (key,))
        return None if index is None else _int(index)


def _int(value: Value) -> int:
    if not isinstance(value, int):
        msg = f"the store gave {type(value).__name__} where an index stands"
        raise TypeError(msg)
    return value


def _bytes(value: Value) -> bytes:
    if not isinstance(value, bytes):
        msg = f"the store gave {type(value).__name__} where a hash stands"
        raise TypeError(msg)
    return value
