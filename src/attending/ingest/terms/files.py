"""Terms, read: a document and the files beside it become maps that can be asked."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

import msgspec

from attending import shapes
from attending.errors import NoSuchName, Refused
from attending.fhir.concept_map import rows_of, statuses_of
from attending.fhir.mapped import check_columns
from attending.fhir.terms import EQUIVALENCES, TermRow, Terms
from attending.ingest.sources.csv_drop import csv_drop
from attending.spec.data.terms import Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from attending.ingest.source import Row
    from attending.spec.data.terms import TermFile, Written
    from attending.spec.data.terms import Terms as Wanted

MOST_BYTES = 64 << 20  # of one resource, decompressed
FIELDS: tuple[Field, ...] = get_args(Field)
NEEDED: tuple[Field, ...] = ("source_system", "source_code", "target_system", "target_code")
RETIRED = "retired"  # FHIR R4's PublicationStatus
GZIP = b"\x1f\x8b"

Named = dict[tuple[str, str], str]


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A document of terms and where it lies."""

    terms: Wanted
    folder: Path


def read_terms(documents: Iterable[Beside], *, even_retired: bool = False) -> Terms:
    """Read what documents declare, and the files beside them, as one set of maps.

    Parameters
    ----------
    documents
        What is declared, and where it lies.
    even_retired
        Read also what its maker has retired, as when what was read before is read again.

    Raises
    ------
    Refused
        A file that is not there, lies outside the folder, or does not hold what was declared;
        a map that is declared twice, or was retired; a column that cannot be mapped.

    """
    rows: list[TermRow] = []
    names: Named = {}
    statuses: dict[str, str] = {}
    seen: set[str] = set()
    for each in documents:
        if each.terms.name in seen:
            raise Refused(f"two documents declare the terms {each.terms.name!r}; keep one")
        seen.add(each.terms.name)
        check_columns(each.terms.columns, each.terms.units)
        for written in each.terms.written:
            rows += _written(each.terms, written, names)
        for file in each.terms.files:
            more, named, said = _file(each, file)
            if not (even_retired or file.take_retired):
                _refuse_retired(said, file)
            rows += more
            names |= named
            statuses |= said
    terms = Terms(rows, names, statuses)
    for each in documents:
        for column in each.terms.columns:
            if column.map not in terms.maps:
                where = f"{column.view}.{column.column}"
                raise NoSuchName(column.map, "the maps there are", terms.maps, where=where)
    return terms


def _written(wanted: Wanted, written: Written, names: Named) -> Iterator[TermRow]:
    for pair in written.rows:
        if pair.source_name:
            names[written.source_system, pair.source] = pair.source_name
        if pair.target_name:
            names[written.target_system, pair.target] = pair.target_name
        yield TermRow(
            map=wanted.name,
            version=wanted.version,
            source_system=written.source_system,
            source_code=pair.source,
            target_system=written.target_system if pair.target else "",
            target_code=pair.target,
            equivalence=pair.equivalence if pair.target else "unmatched",
            valid_from=pair.valid_from or "",
            valid_to=pair.valid_to or "",
        )


def _refuse_retired(statuses: Mapping[str, str], file: TermFile) -> None:
    for name, status in statuses.items():
        if status == RETIRED:
            raise Refused(
                f"its maker has retired {name!r}, which should no longer be used",
                where=file.file,
                accepted=[
                    "what took its place",
                    "only: those that hold",
                    "take_retired: true, where nothing did",
                ],
            )


def _file(beside: Beside, file: TermFile) -> tuple[list[TermRow], Named, dict[str, str]]:
    path = (beside.folder / file.file).resolve()
    if not path.is_relative_to(beside.folder.resolve()):
        raise Refused(f"{file.file!r} lies outside the folder; copy it in", where=file.file)
    if path.suffix == ".csv":
        return *_table(beside.terms, file, path), {}
    if file.columns or file.always:
        raise Refused("columns are told of a CSV file alone", where=file.file)
    resource = _resource(path)
    return *rows_of(resource, file.only), statuses_of(resource, file.only)


def _resource(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            is_packed = stream.read(len(GZIP)) == GZIP
        with gzip.open(path) if is_packed else path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Refused(f"cannot be read: {error}", where=path.name) from None
    if len(data) > MOST_BYTES:
        raise Refused(f"more than {MOST_BYTES:,} bytes", where=path.name)
    try:
        return shapes.decode(data, dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        raise Refused("this is neither CSV nor a resource of FHIR", where=path.name) from None


def _table(wanted: Wanted, file: TermFile, path: Path) -> tuple[list[TermRow], Named]:
    for field in NEEDED:
        if (field in file.columns) == (field in file.always):
            raise Refused(
                f"where is the {field.replace('_', ' ')}?",
                where=file.file,
                accepted=["columns: its column", "always: one for all"],
            )
    read = csv_drop(path, needed=frozenset(file.columns.values()))
    if read.broken:
        number, why, _ = read.broken[0]
        raise Refused(why, where=f"{path.name}:{number}")
    rows: list[TermRow] = []
    names: Named = {}
    for row in read.rows:
        cells = _cells(file, row)
        if not cells.get("source_code"):
            continue
        rows.append(_row(wanted, cells, f"{path.name}:{row.number}"))
        for side in ("source", "target"):
            called = cells.get(cast("Field", f"{side}_name"))
            code = cells[cast("Field", f"{side}_code")]
            if called and code:
                names[cells[cast("Field", f"{side}_system")], code] = called
    return rows, names


def _cells(file: TermFile, row: Row) -> dict[Field, str]:
    return {
        field: row.cells[file.columns[field]] if field in file.columns else file.always[field]
        for field in FIELDS
        if field in file.columns or field in file.always
    }


def _row(wanted: Wanted, cells: Mapping[Field, str], where: str) -> TermRow:
    code = cells["target_code"]
    said = cells.get("equivalence") or "equivalent"
    if said not in EQUIVALENCES:
        raise NoSuchName(said, "how a target may stand to its source", EQUIVALENCES, where=where)
    return TermRow(
        map=wanted.name,
        version=wanted.version,
        source_system=cells["source_system"],
        source_code=cells["source_code"],
        target_system=cells["target_system"] if code else "",
        target_code=code,
        equivalence=said if code else "unmatched",
        valid_from=cells.get("valid_from", ""),
        valid_to=cells.get("valid_to", ""),
    )
