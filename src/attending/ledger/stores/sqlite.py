"""The embedded store: one SQLite file in WAL mode with `synchronous=FULL`.

Nothing weaker is accepted: with NORMAL, SQLite acknowledges commits that a power
cut takes back (https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ledger.store import Store, Value, named_queries

if TYPE_CHECKING:
    from collections.abc import Sequence

SQL = named_queries(files(__package__).joinpath("sqlite.sql").read_text("utf-8"))

BUSY_SECONDS = 10.0  # how long a writer waits for another; a commit takes milliseconds


class SqliteConnection:
    """The five calls over the standard library's SQLite."""

    def __init__(self, where: str) -> None:
        self._database = sqlite3.connect(
            where,
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )

    def begin(self) -> None:
        """Take the write lock now, so that the size read next cannot move."""
        self._database.execute(SQL["begin"])

    def execute(self, sql: str, values: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        """Run one statement and give its rows."""
        return self._database.execute(sql, values).fetchall()

    def executemany(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement for every row."""
        self._database.executemany(sql, rows)

    def commit(self) -> None:
        """Return when the write-ahead log is on disk."""
        self._database.execute(SQL["commit"])

    def close(self) -> None:
        """Close; an open transaction is rolled back."""
        self._database.close()


def sqlite(where: str, *, writing: bool = True) -> Store:
    """Open the store at a path; to write, or to read what somebody else writes."""
    path = Path(where).resolve()
    if not writing and not path.exists():
        raise Refused("no ledger is kept here", where=str(path))
    store = Store(SqliteConnection(f"{path.as_uri()}?mode={'rwc' if writing else 'ro'}"), SQL)
    if writing:
        store.prepare()
    return store
