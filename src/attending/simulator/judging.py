"""What judges of a year have in common: answers by column, and what two lists differ in."""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from datetime import datetime

Row = dict[str, Any]


def rows(answer: Row, **kind: object) -> list[Row]:
    """Give an answer's rows by column, those of some kind only."""
    found = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
    return [row for row in found if all(row[k] == v for k, v in kind.items())]


def differ(what: str, told: Iterable[Hashable], true: Iterable[Hashable]) -> list[str]:
    """Name what is true and not told, and what is told and not true."""
    said, so = Counter(told), Counter(true)
    return [
        *(f"{what} {key} is true and not told" for key in (so - said).elements()),
        *(f"{what} {key} is told and not true" for key in (said - so).elements()),
    ]


def none(answer: Row) -> list[str]:
    """Name everything that an answer says is not as it should be."""
    return [f"accuses {each['key']}: {each['because']}" for each in answer["exceptions"]]


def stamp(moment: datetime) -> str:
    """Write a moment as facts do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
