"""A file of OpenLineage events, one JSON object to a line, as collectors keep them.

Reads events of runs: which tables a run read and wrote, their columns, which column is made of
which, the tests of a table, and how the last run that wrote it ended. Events of one run are taken
together, whichever of them names its tables. A line that breaks the standard's rules is passed
over and counted, and so is an event that is not of a run.

It does not read queries, descriptions or messages: they may hold anything.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from attending.errors import Refused
from attending.facts.data.upstream import Table, Upstream
from attending.ingest.lineage.events import any_of, event_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from attending.facts.data.upstream import State
    from attending.ingest.lineage.events import Assertion, Dataset, RunEvent

MOST_BYTES = 1 << 28
ENDED: dict[str, State] = {"COMPLETE": "ok", "FAIL": "failed", "ABORT": "failed"}

Key = tuple[str, str]  # namespace, name


@dataclass
class _Run:
    """What the events of one run say together; `ended` is the last that ends it."""

    inputs: dict[Key, Dataset] = field(default_factory=dict)
    outputs: dict[Key, Dataset] = field(default_factory=dict)
    ended: RunEvent | None = None


@dataclass
class _Seen:
    """What is known of one table, so far."""

    columns: set[str] = field(default_factory=set)
    rests_on: set[Key] = field(default_factory=set)
    fields: dict[str, set[tuple[Key, str]]] = field(default_factory=dict)
    state: State = "not_known"
    at: str = ""
    tests: list[Assertion] = field(default_factory=list)


def open_lineage(path: Path) -> Upstream:
    """Read a file of events.

    Raises
    ------
    Refused
        It cannot be read, or no line in it is an event of a run.

    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Refused(f"larger than {MOST_BYTES:,} bytes", where=str(path))
        raw = path.read_bytes()
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror}", where=str(path)) from error
    told, passed_over, first = _events(raw)
    if not told:
        counted = ", ".join(f"{why}: {n:,}" for why, n in sorted(passed_over.items()))
        because = f" ({counted}{first})" if counted else " (it is empty)"
        raise Refused(f"no line here is an OpenLineage event of a run{because}", where=str(path))
    seen = _seen(told)
    names = _names(seen)
    return Upstream(
        teller="openlineage",
        project=", ".join(sorted({event.job.namespace for event in told})),
        digest=sha256(raw).hexdigest(),
        at=max(told, key=_when).at,
        tables=tuple(
            _table(each, seen[each], names) for each in sorted(seen, key=lambda k: names[k])
        ),
        passed_over=dict(passed_over),
    )


def _events(raw: bytes) -> tuple[list[RunEvent], Counter[str], str]:
    """Give the events of runs, why others were passed over, and what the first of them breaks."""
    told: list[RunEvent] = []
    passed_over: Counter[str] = Counter()
    first = ""
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            if not any_of(line).schema.endswith("/RunEvent"):
                passed_over["not of a run"] += 1
                continue
            event = event_of(line)
            datetime.fromisoformat(event.at)
            told.append(event)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
            passed_over["breaks the standard"] += 1
            first = first or f"; line {number}: {_broken(error)}"
    return sorted(told, key=_when), passed_over, first


def _broken(error: Exception) -> str:
    """Say what is wrong and at which key, and nothing that the line holds."""
    if not isinstance(error, msgspec.ValidationError):
        return "no event in JSON"
    said = str(error)
    return f"not as it has {said.rpartition(' - at ')[2]}" if said.startswith("Invalid") else said


def _when(event: RunEvent) -> datetime:
    return datetime.fromisoformat(event.at)


def _seen(told: Iterable[RunEvent]) -> dict[Key, _Seen]:
    """Fold events, in the order of their times, into what is known of each table."""
    runs: dict[str, _Run] = defaultdict(_Run)
    for event in told:
        run = runs[event.run.id]
        run.inputs |= {(each.namespace, each.name): each for each in event.inputs}
        run.outputs |= {(each.namespace, each.name): each for each in event.outputs}
        run.ended = event if event.word in ENDED else run.ended
    seen: dict[Key, _Seen] = defaultdict(_Seen)
    for run in sorted(runs.values(), key=_end):
        for key, each in run.inputs.items():
            _look(seen[key], each)
        for key, each in run.outputs.items():
            made = seen[key]
            _look(made, each)
            made.rests_on |= run.inputs.keys() - {key}
            if run.ended is not None:
                made.state, made.at = ENDED[run.ended.word], run.ended.at
    return seen


def _end(run: _Run) -> float:
    return -math.inf if run.ended is None else _when(run.ended).timestamp()


def _look(seen: _Seen, told: Dataset) -> None:
    """Take in what one event says of a table; later tests stand in for those before."""
    for facets in (told.facets, told.input_facets):
        if facets.schema is not None:
            seen.columns = {each.name for each in facets.schema.fields}
        if facets.assertions is not None:
            seen.tests = facets.assertions.assertions
        if facets.column_lineage is not None:
            seen.fields = {
                column: {((f.namespace, f.name), f.field) for f in made.input_fields}
                for column, made in facets.column_lineage.fields.items()
            }


def _names(seen: Iterable[Key]) -> dict[Key, str]:
    """Name each table by itself, and with its namespace where that would name two."""
    keys = {*seen}
    counts = Counter(name for _, name in keys)
    return {key: key[1] if counts[key[1]] == 1 else "/".join(key) for key in keys}


def _table(key: Key, seen: _Seen, names: dict[Key, str]) -> Table:
    failing = [
        f"{each.assertion}({each.column})" if each.column else each.assertion
        for each in seen.tests
        if not each.success
    ]
    rests_on = {names[each] for each in seen.rests_on}
    return Table(
        name=names[key],
        columns=tuple(sorted(seen.columns | seen.fields.keys())),
        rests_on=tuple(sorted(rests_on)),
        fields={
            column: tuple(sorted(f"{names.get(of, of[1])}.{name}" for of, name in made))
            for column, made in sorted(seen.fields.items())
        },
        state=seen.state,
        at=seen.at,
        tests=len(seen.tests),
        failed=len(failing),
        failing=tuple(sorted(failing)),
    )
