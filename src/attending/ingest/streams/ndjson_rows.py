"""The rows of a file of JSON lines, one after the other."""

from __future__ import annotations

import json
from functools import partial
from hashlib import sha256
from typing import IO, TYPE_CHECKING, NamedTuple, NoReturn

from attending.ingest.source import LONGEST_LINE, Broken, Row, Stream, check_columns
from attending.ingest.streams.steady import Steady

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOO_LONG = f"the line is longer than {LONGEST_LINE:,} characters"


class BrokenLine(Exception):  # noqa: N818  (caught here; its message sets the line aside)
    """A line that is no flat JSON object; the message is the reason."""


class _Line(NamedTuple):
    number: int
    text: str | None  # None where it is longer than the bound
    digest: str  # of what is longer


def ndjson_rows(path: Path, *, needed: frozenset[str]) -> Stream:
    """Look a file of JSON lines over, and give its rows.

    Raises
    ------
    Refused
        No such file, too large, or not UTF-8.
    NoSuchName
        No line has a needed key; the nearest one is offered.

    """
    file = Steady(path, is_text=True)
    there: dict[str, None] = {}
    is_any = False
    for each in _read(file):
        if isinstance(each, Row):
            is_any = True
            there |= dict.fromkeys(each.cells)
    columns = tuple(there)
    if is_any:
        check_columns(columns, needed, str(path))
    return Stream(columns, file.digest, partial(_rows, file, columns))


def _rows(file: Steady, columns: tuple[str, ...]) -> Iterator[Row | Broken]:
    nothing = dict.fromkeys(columns, "")
    for each in _read(file):
        yield Row(each.number, nothing | each.cells) if isinstance(each, Row) else each


def _read(file: Steady) -> Iterator[Row | Broken]:
    with file.text("\n") as text:
        for number, line, digest in _lines(text):
            try:
                if line is None:
                    raise BrokenLine(TOO_LONG)
                yield Row(number, _cells(line))
            except BrokenLine as error:
                raw = b"" if line is None else line.encode("utf-8", "surrogatepass")
                yield Broken(number, str(error), digest or sha256(raw).hexdigest())


def _lines(text: IO[str]) -> Iterator[_Line]:
    """Give the lines that are not blank, holding no more of one than the bound."""
    number = 0
    while line := text.readline(LONGEST_LINE + 1):
        number += 1
        if line.endswith("\n") or len(line) <= LONGEST_LINE:
            if line.strip():
                yield _Line(number, line.removesuffix("\n"), "")
            continue
        is_blank, seen = not line.strip(), sha256(line.encode())
        while not line.endswith("\n") and (line := text.readline(LONGEST_LINE)):
            is_blank = is_blank and not line.strip()
            seen.update(line.removesuffix("\n").encode())
        if not is_blank:
            yield _Line(number, None, seen.hexdigest())


def _cells(line: str) -> dict[str, str]:
    try:
        found = json.loads(
            line,
            object_pairs_hook=_once,
            parse_int=str,
            parse_float=str,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError) as error:
        what = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deep"
        raise BrokenLine(f"not JSON: {what}") from None
    if not isinstance(found, dict):
        raise BrokenLine("not a JSON object")
    return {key.strip(): _cell(key, value) for key, value in found.items()}


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name.strip() for name, _ in pairs]
    if len(set(names)) != len(names):
        raise BrokenLine("a key stands twice")
    return dict(pairs)


def _no_number(spelled: str) -> NoReturn:
    raise BrokenLine(f"{spelled} is no number in JSON; write null where nothing is recorded")


def _cell(key: str, value: object) -> str:
    if isinstance(value, dict | list):
        raise BrokenLine("a value inside a value; each line is one flat object")
    if value is None:
        return ""
    said = ("true" if value else "false") if isinstance(value, bool) else str(value).strip()
    try:
        f"{key}{said}".encode()
    except UnicodeEncodeError:
        raise BrokenLine("half a surrogate pair, which is no character") from None
    return said
