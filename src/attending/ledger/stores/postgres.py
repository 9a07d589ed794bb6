"""The production store: PostgreSQL, through psycopg.

`synchronous_commit` and `fsync` are read back at open; a server that would
acknowledge before its log is on disk is refused.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import psycopg

from attending.ledger.store import Store, Value, named_queries, statements

if TYPE_CHECKING:
    from collections.abc import Sequence

SQL = named_queries(files(__package__).joinpath("postgres.sql").read_text("utf-8"))


class PostgresConnection:
    """The five calls over psycopg, which is left no transaction of its own to manage."""

    def __init__(self, where: str) -> None:
        self._database = psycopg.connect(where, autocommit=True)
        self._laid = False

    def begin(self) -> None:
        """Open a transaction that no other writer can enter; readers go on."""
        begin, *lock = statements(SQL["begin"])
        self.execute(begin)
        if self._laid or self.execute("SELECT to_regclass('fact')") != [(None,)]:
            self._laid = True
            for statement in lock:
                self.execute(statement)

    def execute(self, sql: str, values: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        """Run one statement and give its rows."""
        with self._database.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def executemany(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement for every row, in one round trip."""
        with self._database.cursor() as cursor:
            cursor.executemany(sql, rows)

    def commit(self) -> None:
        """Return when the server says its log is on disk."""
        self.execute(SQL["commit"])

    def close(self) -> None:
        """Close; an open transaction is rolled back."""
        self._database.close()


def postgres(where: str, *, writing: bool = True) -> Store:
    """Open the store that a connection string names."""
    store = Store(PostgresConnection(where), SQL)
    if writing:
        store.prepare()
    return store
