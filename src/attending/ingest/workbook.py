"""What a workbook is: cells by row and column, read as they are, and a way to change one cell.

Nothing here evaluates a formula or runs a macro. What cannot be read safely is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

MOST_BYTES = 20 << 20  # far more than an inventory; a workbook is read whole
MOST_ROWS = 20_000
MOST_COLUMNS = 500

Fault = Literal["", "merged", "uncached_formula", "error"]
Typed = str | float | date | None  # what goes into a cell

CellValue = str | float | bool | date | None


class Bare(float):
    """An amount for a cell whose format shows another currency: that format goes."""


@dataclass(frozen=True)
class Cell:
    """One cell as it stands.

    Attributes
    ----------
    at
        Its address, such as ``H7``.
    value
        What it holds; of a formula, the value that was kept with it.
    raw
        What a person would see there, or the formula.
    fault
        Why its value is not to be had.
    money
        The currency sign that its number is formatted with, as it stands.
    computed
        Whether a formula stands there, whatever value was kept with it.

    """

    at: str
    value: CellValue = None
    raw: str = ""
    fault: Fault = ""
    money: str = ""
    computed: bool = False

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing stands there."""
        return self.value in (None, "") and not self.fault


@dataclass(frozen=True)
class Sheet:
    """One sheet: its cells by row and column, both counted from 1.

    `typed` says whether a date has a type of its own there; in plain text it has none.
    """

    name: str
    rows: Mapping[int, Mapping[int, Cell]]
    typed: bool = True


@dataclass(frozen=True)
class Workbook:
    """A workbook read whole, and what is to be said of it."""

    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Format:
    """One kind of workbook.

    Attributes
    ----------
    suits
        Tells from the bytes whether a file is of this kind.
    read
        Reads it.
    edit
        Puts values into cells of one sheet, by address, and keeps all else as it is.

    """

    suits: Callable[[bytes], bool]
    read: Callable[[bytes], Workbook]
    edit: Callable[[bytes, str, Mapping[str, Typed]], bytes]


def bytes_of(path: Path) -> bytes:
    """Give a file's bytes; one that is too large is not read.

    Raises
    ------
    Refused
        It cannot be read, or is too large.

    """
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror}", where=str(path)) from error
    if len(raw) > MOST_BYTES:
        raise Refused(f"at most {MOST_BYTES:,} bytes are read", where=str(path))
    return raw


def address(row: int, column: int) -> str:
    """Write an address.

    >>> address(7, 8), address(1, 28)
    ('H7', 'AB1')
    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def place(at: str) -> tuple[int, int]:
    """Read an address: its row and its column.

    >>> place("AB1")
    (1, 28)

    Raises
    ------
    Refused
        It is none.

    """
    found = re.fullmatch(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})", at)
    if found is None:
        raise Refused(f"{at[:20]!r} is no address of a cell")
    column = 0
    for letter in found[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(found[2]), column
