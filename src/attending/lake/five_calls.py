"""All that the inbox asks of a database: five calls, which a disk that loses power answers too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attending.errors import NotDurable

if TYPE_CHECKING:
    from collections.abc import Sequence

Value = str | bytes | int | float | None


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


def number(value: Value) -> int:
    """Give a number that a database gave.

    Raises
    ------
    NotDurable
        It is none.

    """
    if not isinstance(value, int):
        raise NotDurable("the file of messages holds something else where a number stands")
    return value
