"""A folder of FHIR files as the history of a tool that was never there.

The files are kept as sent and loaded into the clinical lake; the source's views say which cases
there were and what became of them. What the tool is asked about a case is put together from the
resources that were known at the moment it is asked, and from no others.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from attending.errors import Refused
from attending.fhir.decode import decode_exact
from attending.fhir.feature import moment_of
from attending.fhir.view import view
from attending.ingest.bulk.came_by import keep
from attending.ingest.feed import Hints, told_time
from attending.ingest.feeds.fhir_ndjson import fhir_ndjson
from attending.ingest.heard import heard, nobody
from attending.ingest.source import Row, Rows
from attending.lake.clinical.received import RECEIPT, Aside, Batch, Received
from attending.spec.data.view import definition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from attending.fhir.view import View
    from attending.ingest.heard import Told
    from attending.lake.clinical.received import Loaded
    from attending.lake.clinical.store import ClinicalLake
    from attending.spec.data.history import History
    from attending.spec.data.view import View as Declared

ENDINGS = (".ndjson", ".ndjson.gz")
NAMES_PATIENT = ("subject", "patient", "beneficiary", "individual")


class Delivered(NamedTuple):
    """One file of a history: its digest, and what became of its lines."""

    raw: str
    loaded: Loaded


class About(NamedTuple):
    """What a case is about: the keys of patient and encounter, and when the tool is asked."""

    patient: str
    encounter: str
    asked_at: datetime


class Known(NamedTuple):
    """One resource: from when it was known, its name among those known at once, and its text."""

    at: datetime
    id: str
    body: str


def deliver(
    lake: ClinicalLake,
    folder: Path,
    told: History,
    *,
    site: str,
    at: datetime,
    read: Told = nobody,
) -> list[Delivered]:
    """Keep a folder's files and load their resources; a second time, nothing is written.

    `read` is told how many bytes were read, a piece at a time.

    Raises
    ------
    Refused
        The folder holds no file of FHIR resources, or one that is not what its export fetched.

    """
    done = []
    for path in files_in(folder):
        kept = keep(lake.raw, path)
        raw, size = kept.raw, path.stat().st_size
        batch = Batch("history", site, raw, at, n_bytes=size, media="fhir_ndjson")
        batch = batch._replace(manifest=kept.manifest, transaction_time=kept.transaction_time)
        done.append(
            Delivered(raw, lake.load(batch, _timed(heard(lake.raw.pieces(raw), read), told)))
        )
    return done


def files_in(folder: Path) -> list[Path]:
    """Give a folder's files of FHIR resources, by name.

    Raises
    ------
    Refused
        It holds none, or is no folder.

    """
    there = folder.iterdir() if folder.is_dir() else ()
    files = sorted(path for path in there if path.name.endswith(ENDINGS))
    if not files:
        raise Refused(
            "no FHIR files lie here", where=str(folder), accepted=[f"*{e}" for e in ENDINGS]
        )
    return files


def compiled(views: Mapping[str, Declared]) -> dict[str, View]:
    """Read a folder's views."""
    return {name: view(definition(each), where=f"view {name}") for name, each in views.items()}


def rows_of(lake: ClinicalLake, name: str) -> Rows:
    """Give a view's rows that hold, as a source's rows; what is not there is an empty cell."""
    table = lake.view(name)
    found = sorted(lake.rows(table), key=lambda row: str(row["key"]))
    columns = tuple(c for c in table.columns if not c.startswith("_") and c != "received")
    rows = tuple(
        Row(n, {c: _cell(row[c]) for c in columns}) for n, row in enumerate(found, start=1)
    )
    keys = sha256("\n".join(f"{row['key']} {row['_view']}" for row in found).encode())
    return Rows(columns, rows, (), keys.hexdigest())


def about(told: History, row: Row) -> About | None:
    """Give what a case's row says it is about; None where it does not say when or who."""
    asked_at = moment_of(row.cells[told.asked_at])
    patient = row.cells[told.patient]
    if asked_at is None or not patient:
        return None
    return About(patient, row.cells[told.encounter] if told.encounter else "", asked_at)


class Resources:
    """The resources of which the features' views have rows, by type and whose they are.

    Parameters
    ----------
    lake
        Where they are.
    views
        The views that features read, materialized.

    """

    def __init__(self, lake: ClinicalLake, views: Iterable[View]) -> None:
        self._of: dict[tuple[str, str], list[Known]] = defaultdict(list)
        self.kinds: list[str] = []
        by_kind: dict[str, set[str]] = defaultdict(set)
        for each in views:
            rows = lake.rows(lake.view(each.name).select("_id").distinct())
            by_kind[each.resource] |= {row["_id"] for row in rows}
        for kind, ids in sorted(by_kind.items()):
            self.kinds.append(kind)
            self._read(lake, kind, ids)

    def known(self, kind: str, case: About) -> list[Known]:
        """Give the resources of a type that were known when the tool is asked about a case."""
        whose = case.encounter if kind == "Encounter" else case.patient
        there = self._of.get((kind, whose), [])
        return sorted(each for each in there if each.at <= case.asked_at)

    def _read(self, lake: ClinicalLake, kind: str, ids: set[str]) -> None:
        held = lake.current(type=kind).select("id", "body", "known_at")
        for row in lake.rows(held):
            if row["id"] in ids:
                owner = _owner(kind, row["id"], row["body"])
                self._of[kind, owner].append(Known(row["known_at"], row["id"], row["body"]))


def _owner(kind: str, name: str, body: str) -> str:
    if kind in ("Patient", "Encounter"):
        return f"{kind}/{name}"
    tree = decode_exact(body.encode())
    for element in NAMES_PATIENT:
        named = tree.get(element)
        if isinstance(named, dict) and isinstance(named.get("reference"), str):
            return str(named["reference"])
    return ""


def _timed(pieces: Iterable[bytes], told: History) -> Iterator[Received | Aside]:
    """Give a file's resources, each known from when its type's declared element says."""
    for each in fhir_ndjson(pieces, Hints()):
        if isinstance(each, Aside) or each.clock != RECEIPT:
            yield each
            continue
        tree: dict[str, Any] | None = None
        for path in told.known.get(each.type, ()):
            tree = tree or decode_exact(each.body.encode())
            try:
                at, clock = told_time(tree, Hints(known=path))
            except ValueError:
                continue  # no time stands there; the next path, or the receipt
            if at is not None:
                each = each._replace(known_at=at, clock=clock)  # noqa: PLW2901  the same row, told
                break
        yield each


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode().strip('"')
