"""A file of JSON objects, one to a line, that somebody drops in a folder.

Reads UTF-8 (with or without a byte-order mark). Each line is a flat object: its keys are
columns, its values text, numbers, true, false or null, which is nothing recorded. A number
is read as it is spelled. A line that is no such object is set aside with its number, not
guessed at: broken JSON, a list, a value inside a value, a key that stands twice, NaN, half
a surrogate pair, more characters than the bound. Not every line need have every key, and a
file without lines is a file without rows.

It does not tell what the keys mean: that is the `Source` spec's part.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, NoReturn

from attending.ingest.source import LONGEST_LINE, Row, Rows, check_columns, text_of

if TYPE_CHECKING:
    from pathlib import Path


class BrokenLine(Exception):  # noqa: N818  (caught here; its message sets the line aside)
    """A line that is no flat JSON object; the message is the reason."""


def ndjson_drop(path: Path, *, needed: frozenset[str]) -> Rows:
    """Read a file of JSON lines whole.

    Raises
    ------
    Refused
        No such file, too large, or not UTF-8.
    NoSuchName
        No line has a needed key; the nearest one is offered.

    """
    text, file_digest = text_of(path)
    found: list[Row] = []
    broken: list[tuple[int, str, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append(Row(number, _cells(line)))
        except BrokenLine as error:
            raw = line.encode("utf-8", "surrogatepass")
            broken.append((number, str(error), sha256(raw).hexdigest()))
    columns = tuple(dict.fromkeys(key for row in found for key in row.cells))
    if found:
        check_columns(columns, needed, str(path))
    nothing = dict.fromkeys(columns, "")
    rows = tuple(Row(row.number, nothing | row.cells) for row in found)
    return Rows(columns, rows, tuple(broken), file_digest)


def _cells(line: str) -> dict[str, str]:
    if len(line) > LONGEST_LINE:
        raise BrokenLine(f"the line is longer than {LONGEST_LINE:,} characters")
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
