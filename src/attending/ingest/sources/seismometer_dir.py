"""A Seismometer directory, as it is: predictions and events, with its dictionary as contract.

Reads ``config.yml``, the usage configuration, the dictionary and the two Parquet files. A row is
a prediction; each event that is configured gives two columns more, ``<name>_Value`` and
``<name>_Time``, by its window and strategy. A row whose value is not of the declared type is set
aside; a column that is declared and is not there, is refused. What the directory has and is not
read, is told.

It does not tell what the columns mean: that is the `Source` spec's part.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from attending.errors import NoSuchName, Refused
from attending.ingest.prepare import is_listed
from attending.ingest.seismometer.configuration import declared
from attending.ingest.seismometer.typed import is_of_type
from attending.ingest.seismometer.windows import Happened, moment, outcome_of
from attending.ingest.source import Row, Rows, check_columns, whole
from attending.ingest.streams.parquet_rows import parquet_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from attending.ingest.seismometer.configuration import Declared

    Cells = dict[str, str]
VALUE, TIME = "_Value", "_Time"
WHOLE = re.compile(r"([0-9]+)\.0")


class Happenings(NamedTuple):
    """All events: by name and keys, the keys, what was set aside, and what nobody reads."""

    by: Mapping[str, Mapping[tuple[str, ...], list[Happened]]]
    keys: tuple[str, ...]
    broken: tuple[tuple[int, str, str], ...]
    unread: tuple[str, ...]
    digest: str


def seismometer_dir(path: Path, *, needed: frozenset[str]) -> Rows:
    """Read a directory whole.

    Raises
    ------
    Refused
        It cannot be read, contradicts itself, or breaks its own dictionary.
    NoSuchName
        A name that nothing bears, in the configuration or among the needed columns.

    """
    told = declared(path)
    columns, table, digest = _read(told.predictions)
    filtered = {each.source for each in told.filters}
    check_columns(columns, frozenset(told.wanted) | filtered, str(told.predictions))
    names = {event.display_name for event in told.outcomes}
    if told.target not in names and told.target not in columns:
        there = (*names, *columns)
        raise NoSuchName(told.target, "the events and columns of this directory", there)
    added = tuple(f"{name}{end}" for name in sorted(names) for end in (VALUE, TIME))
    check_columns((*columns, *added), needed, str(path))
    happened = _happened(told, columns)
    strangers = _strangers(happened, table, told)
    rows: list[Row] = []
    broken = list(happened.broken)
    n_filtered = 0
    for number, cells in enumerate(table, start=2):
        if not _is_kept(told, cells):
            n_filtered += 1
        elif because := _broken(told, cells):
            broken.append((number, because, _digest(cells)))
        else:
            rows.append(Row(number, cells | _outcomes(told, cells, happened)))
    parts = [sha256(file.read_bytes()).hexdigest() for file in told.files]
    whole = sha256("\n".join([digest, happened.digest, *parts]).encode()).hexdigest()
    others = [
        f"column {name}" for name in columns if name not in needed | filtered | {*told.wanted}
    ]
    left = [f"{n_filtered:,} rows, by load_time_filters"] if n_filtered else []
    not_used = (*told.not_used, *happened.unread, *strangers, *others, *left)
    return Rows((*columns, *added), tuple(rows), tuple(broken), whole, not_used)


def _read(path: Path) -> tuple[tuple[str, ...], list[Cells], str]:
    rows = whole(parquet_rows(path, needed=frozenset()))
    return rows.columns, [row.cells for row in rows.rows], rows.digest


def _happened(told: Declared, columns: Sequence[str]) -> Happenings:
    """Read the events; one whose value is not of the declared type is set aside, and not known."""
    there, table, digest = _read(told.events)
    kind, at, value = (told.table[name] for name in ("type", "time", "value"))
    check_columns(there, frozenset({kind, at, value}), str(told.events))
    keys = tuple(key for key in told.keys if key in there and key in columns)
    if not keys:
        raise NoSuchName(told.keys[0], "the columns of the events", there, where=str(told.events))
    of = {source: e.display_name for e in told.outcomes for source in e.source}
    kinds = {cells[kind] for cells in table}
    for name in of.keys() - kinds:
        if name.casefold() in {each.casefold() for each in kinds}:
            raise NoSuchName(name, "the types of the events", kinds, where=str(told.events))
    by: dict[str, dict[tuple[str, ...], list[Happened]]] = defaultdict(lambda: defaultdict(list))
    broken: list[tuple[int, str, str]] = []
    unread: dict[str, None] = {}
    for number, cells in enumerate(table, start=2):
        name = cells[kind]
        if name not in of:
            unread[f"event {name}"] = None
            continue
        fits = is_of_type(cells[value], told.types.get(name, ""))
        if not fits:
            because = f"event {name!r} is declared {told.types[name]}, and is not"
            broken.append((number, because, _digest(cells)))
        each = Happened(
            moment(cells[at], f"{told.events}:{number}"), cells[value] if fits else None
        )
        by[of[name]][_key(cells, keys)].append(each)
    return Happenings(by, keys, tuple(broken), tuple(unread), digest)


def _key(cells: Cells, names: Sequence[str]) -> tuple[str, ...]:
    """Give whom a row is about; pandas makes 7 of a column with a gap 7.0, which is the same."""
    found = ((cells[name], WHOLE.fullmatch(cells[name])) for name in names)
    return tuple(whole[1] if whole else said for said, whole in found)


def _strangers(happened: Happenings, table: Sequence[Cells], told: Declared) -> tuple[str, ...]:
    """Count the events that are about no prediction; where all are, keys are not spelled alike."""
    known = {_key(cells, happened.keys) for cells in table}
    events = [(key, len(each)) for by in happened.by.values() for key, each in by.items()]
    strange = sum(n for key, n in events if key not in known)
    if table and events and strange == sum(n for _, n in events):
        raise Refused(
            f"not one of {strange:,} events is about a prediction, by {' and '.join(happened.keys)}"
            "; spell them alike in both files, leading zeros too",
            where=str(told.events),
        )
    return (f"{strange:,} events, about no prediction here",) if strange else ()


def _is_kept(told: Declared, cells: Cells) -> bool:
    return all(
        is_listed(cells[each.source], each.values) == (each.action == "include")
        for each in told.filters
    )


def _broken(told: Declared, cells: Cells) -> str:
    """Say why a row breaks the contract; empty where it does not."""
    if not is_of_type(cells[told.time], "datetime") or not cells[told.time]:
        return f"no time in column {told.time!r}"
    for column, dtype in told.columns.items():
        if not is_of_type(cells[column], dtype):
            return f"column {column!r} is declared {dtype}, and is not"
    return ""


def _outcomes(told: Declared, cells: Cells, happened: Happenings) -> Cells:
    asked_at = datetime.fromisoformat(cells[told.time])
    key = _key(cells, happened.keys)
    made: Cells = {}
    for event in told.outcomes:
        there = happened.by.get(event.display_name, {}).get(key, [])
        name = event.display_name
        try:
            made[name + VALUE], made[name + TIME] = outcome_of(event, asked_at, there)
        except TypeError:
            because = "predictions and events tell time differently: one has a zone, one has none"
            raise Refused(because, where=str(told.events)) from None
    return made


def _digest(cells: Cells) -> str:
    return sha256("\x1f".join(cells.values()).encode()).hexdigest()
