"""Views as flat tables: the rows of each version of a resource.

Many versions of a plain view are read by one query; what that sets aside, and every other view,
by the reference evaluator, one version at a time. Either way the rows are the same.

Rows are made for every stored version, once for each definition, so that what held at any
moment can be asked. Nothing is taken out: a row holds while the version that it is made from
does. How far a definition has read is noted with the commit that adds its rows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from attending.errors import Refused
from attending.fhir.decode import decode_exact
from attending.fhir.view import NoRow, View
from attending.lake.clinical.at_once import ManyVersions
from attending.lake.clinical.columns import (
    EXACT,
    LIST,
    MOMENT,
    OF_RESOURCE,
    SCHEMAS,
    TEXT,
    WHOLE,
    YES_NO,
)
from attending.lake.clinical.iceberg import NEXT
from attending.lake.clinical.sql import text
from attending.lake.view_shape import NotCompiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyiceberg.manifest import DataFile

    from attending.lake.clinical.iceberg import Iceberg

LAST = "attending.view"  # the definition that was materialized last
SEEN = "attending.seen."  # for a definition: the number of the first version it has not read
AT_A_TIME = 2_000  # versions that are taken from the table in one go
TOGETHER = 20_000  # versions that one query reads at most
BYTES_TOGETHER = 32 * 2**20  # and of how many bytes, whatever their number
FEWEST = 1_000  # for fewer, a query costs more than it saves
MOST_ROWS = 200_000  # of one file
KINDS: Mapping[str, pa.DataType] = {
    "boolean": YES_NO,
    "integer": WHOLE,
    "positiveInt": WHOLE,
    "unsignedInt": WHOLE,
    "integer64": WHOLE,
    "decimal": EXACT,
    "instant": MOMENT,
}
NEW = """
SELECT site, id, version, known_at, received, raw, "offset", length, body FROM resource
WHERE type = {type} AND op = 'upsert' AND received >= {first} ORDER BY received
"""
LARGEST = 2**63 - 1


class Column(Protocol):
    """A column of a view: its name, its FHIR type where one is told, and if it holds a list."""

    @property
    def name(self) -> str:
        """Give its name."""
        ...

    @property
    def type(self) -> str:
        """Give its FHIR type; empty where none is told."""
        ...

    @property
    def collection(self) -> bool:
        """Tell whether it holds a list."""
        ...


class Viewed(Protocol):
    """What is asked of a view."""

    @property
    def name(self) -> str:
        """Give its name."""
        ...

    @property
    def resource(self) -> str:
        """Give the type of resource that it reads."""
        ...

    @property
    def digest(self) -> str:
        """Give the digest of its definition."""
        ...

    @property
    def columns(self) -> Sequence[Column]:
        """Give its columns, in order."""
        ...

    def rows(self, resource: dict[str, Any], /) -> list[dict[str, Any]]:
        """Give its rows of one resource."""
        ...


class Materialized(NamedTuple):
    """What became of a view.

    Attributes
    ----------
    view, digest
        Which, by which definition.
    read
        Versions it had not seen before.
    rows
        Rows added.
    parked
        Versions that it could not read.
    by_query
        Of the versions read, those that one query answered; the others were read one at a time.
    why_one_at_a_time
        Why no query can answer for this view; "" where one can.

    """

    view: str
    digest: str
    read: int
    rows: int
    parked: int
    by_query: int = 0
    why_one_at_a_time: str = ""

    @property
    def one_at_a_time(self) -> int:
        """Give how many versions were read one at a time."""
        return self.read - self.by_query

    @property
    def told(self) -> str:
        """Say it in a line."""
        why = f", for {self.why_one_at_a_time}" if self.why_one_at_a_time else ""
        return (
            f"view {self.view}: {self.rows:,} rows of {self.read:,} versions; "
            f"{self.by_query:,} read by one query, {self.one_at_a_time:,} one at a time{why}; "
            f"{self.parked:,} parked"
        )


class DoesNotFit(Exception):  # noqa: N818  (caught here; its message names the column)
    """A value that the flat column cannot hold without changing it."""


class Materializing:
    """One view on its way into its table.

    Parameters
    ----------
    con
        A DuckDB that sees the table of resources.
    tables
        Where the rows go.
    view
        Which view.

    """

    def __init__(self, con: duckdb.DuckDBPyConnection, tables: Iceberg, view: Viewed) -> None:
        self._con, self._tables, self._view = con, tables, view
        self._table = f"view__{view.name}"
        own = [pa.field(c.name, flat_kind(c)) for c in view.columns]
        self._schema = pa.schema([*OF_RESOURCE, *own])
        self._parked: list[dict[str, Any]] = []
        self._many, self._why = many_versions(view)

    def run(self) -> Materialized:
        """Read what was not seen, add the rows, and note how far it was read."""
        self._check()
        view, seen = self._view, f"{SEEN}{self._view.digest}"
        first = int(self._tables.noted(self._table, seen, "0"))
        end = self._tables.next_row("resource")
        files: list[DataFile] = []
        n_read = n_rows = n_by_query = n_waiting = 0
        waiting: list[pa.Table] = []
        for each in self._new(first) if first < end else ():
            rows, answered = self._rows_of(each)
            n_read, n_by_query = n_read + each.num_rows, n_by_query + answered
            n_rows, n_waiting = n_rows + rows.num_rows, n_waiting + rows.num_rows
            waiting.append(rows)
            if n_waiting >= MOST_ROWS:
                files += self._tables.write(self._table, pa.concat_tables(waiting))
                waiting, n_waiting = [], 0
        if n_waiting:
            files += self._tables.write(self._table, pa.concat_tables(waiting))
        before = self._tables.noted(self._table, LAST)
        if n_read or before != view.digest:
            self._tables.make(self._table, self._schema)
            self._tables.commit(self._table, files, {seen: str(end), LAST: view.digest})
        if self._parked:
            self._park()
        n_parked = len(self._parked)
        return Materialized(view.name, view.digest, n_read, n_rows, n_parked, n_by_query, self._why)

    def _check(self) -> None:
        """Refuse columns that every view's table has, or that were of another kind before."""
        if len({*self._schema.names}) < len(self._schema):
            given = {column.name for column in self._view.columns}
            taken = ", ".join(name for name in OF_RESOURCE.names if name in given)
            raise Refused(
                f"every table of a view has {taken} already",
                where=f"view {self._view.name}",
                accepted=["another name for that column"],
            )
        there = self._tables.schema(self._table)
        if there is None:
            return
        for field in self._schema:
            place = there.get_field_index(field.name)
            if place >= 0 and there.field(place).type != field.type:
                raise Refused(
                    f"column {field.name} holds {there.field(place).type} under an earlier "
                    f"definition and would hold {field.type}; give it another name",
                    where=f"view {self._view.name}",
                )

    def _new(self, first: int) -> Iterator[pa.Table]:
        """Give the versions not seen, as many at once as memory has room for."""
        query = NEW.format(type=text(self._view.resource), first=first)
        held: list[pa.RecordBatch] = []
        for batch in self._con.cursor().sql(query).to_arrow_reader(AT_A_TIME):
            held.append(batch)
            if (
                self._many is None
                or sum(each.num_rows for each in held) >= TOGETHER
                or sum(each.nbytes for each in held) >= BYTES_TOGETHER
            ):
                yield pa.Table.from_batches(held)
                held = []
        if held:
            yield pa.Table.from_batches(held)

    def _rows_of(self, versions: pa.Table) -> tuple[pa.Table, int]:
        """Give the rows of some versions, and how many of these a query answered."""
        if self._many is None or versions.num_rows < FEWEST:
            return self._table_of(versions.to_pylist()), 0
        try:
            found = self._many.read(self._con.cursor(), versions)
        except duckdb.Error:  # no room for it, or text that this engine takes for no JSON
            return self._table_of(versions.to_pylist()), 0
        mask = pc.is_in(versions["received"], pa.array(sorted(found.aside), pa.int64()))
        beside = self._table_of(versions.filter(mask).to_pylist())
        together = pa.concat_tables([found.rows.cast(self._schema), beside])
        answered = versions.num_rows - len(found.aside)
        return together.sort_by([("received", "ascending"), ("_row", "ascending")]), answered

    def _table_of(self, versions: list[dict[str, Any]]) -> pa.Table:
        rows = [row for each in versions for row in self._rows(each)]
        return pa.Table.from_pylist(rows, schema=self._schema)

    def _rows(self, of: dict[str, Any]) -> list[dict[str, Any]]:
        """Give the rows of one version; park it where the view cannot read it."""
        try:
            found = self._view.rows(decode_exact(of["body"].encode()))
            return [self._row(of, n, row) for n, row in enumerate(found)]
        except NoRow as error:
            self._set_aside(of, error.reason, error.column)
        except DoesNotFit as error:
            self._set_aside(of, "does_not_fit", str(error))
        return []

    def _row(self, of: dict[str, Any], n: int, row: dict[str, Any]) -> dict[str, Any]:
        address = f"{of['site']}/{self._view.resource}/{of['id']}@{of['version']}"
        own = {c.name: flat(c, row[c.name]) for c in self._view.columns}
        return own | {
            "key": f"{address}#{n}",
            "site": of["site"],
            "_type": self._view.resource,
            "_id": of["id"],
            "_version": of["version"],
            "_known_at": of["known_at"],
            "_view": self._view.digest,
            "_row": n,
            "received": of["received"],
        }

    def _set_aside(self, of: dict[str, Any], reason: str, column: str) -> None:
        place = {name: of[name] for name in ("raw", "offset", "length", "site", "known_at")}
        named = {"source": f"view {self._view.name}", "path": column, "spec": self._view.digest}
        state = {"stage": "shape", "reason": reason, "state": "open", "tries": 1, "by": ""}
        self._parked.append(place | named | state)

    def _park(self) -> None:
        first = self._tables.next_row("parked")
        rows = [row | {"received": first + n} for n, row in enumerate(self._parked)]
        files = self._tables.write("parked", pa.Table.from_pylist(rows, SCHEMAS["parked"]))
        self._tables.commit("parked", files, {NEXT: str(first + len(rows))})


def many_versions(view: Viewed) -> tuple[ManyVersions | None, str]:
    """Give what reads a view by one query, or None and why none can."""
    if not isinstance(view, View):
        return None, "its codes or amounts go through maps"
    try:
        return ManyVersions(view.definition, view.digest), ""
    except NotCompiled as refused:
        return None, refused.what


def flat_kind(column: Column) -> pa.DataType:
    """Give the flat kind of a column: a list holds text, and what has no type is text."""
    return LIST if column.collection else KINDS.get(column.type, TEXT)


def flat(column: Column, value: Any) -> Any:
    """Give a value as its flat column holds it.

    Raises
    ------
    DoesNotFit
        Its column would change it.

    """
    if value is None:
        return None
    if column.collection:
        return [_text(each) for each in value]
    kind = flat_kind(column)
    if kind == WHOLE and not -LARGEST <= value <= LARGEST:
        raise DoesNotFit(column.name)
    if kind == EXACT:
        return _exact(column, value)
    if kind == MOMENT:
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:  # it is no instant, and the machine's zone is not its
                raise DoesNotFit(column.name)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise DoesNotFit(column.name) from None
    return _text(value) if kind == TEXT else value


def _exact(column: Column, value: Any) -> Decimal:
    sign, digits, exponent = Decimal(value).as_tuple()
    if not isinstance(exponent, int):
        raise DoesNotFit(column.name)
    while exponent < -EXACT.scale and digits[-1:] == (0,):
        digits, exponent = digits[:-1], exponent + 1
    if exponent < -EXACT.scale or len(digits) + exponent > EXACT.precision - EXACT.scale:
        raise DoesNotFit(column.name)
    return Decimal((sign, digits, exponent))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
