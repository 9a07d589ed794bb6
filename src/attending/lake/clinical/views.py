"""Views as flat tables: the rows of each version of a resource.

Many versions of a plain view are read by one query; what that sets aside, and every other view,
by the reference evaluator, one version at a time. Either way the rows are the same.

Rows are made for every stored version, once for each definition, so that what held at any
moment can be asked. Nothing is taken out: a row holds while the version that it is made from
does. How far a definition has read is noted with the commit that adds its rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from attending.errors import Refused
from attending.fhir.decode import decode_exact
from attending.fhir.mapped_view import MappedView
from attending.fhir.view import NoRow, View
from attending.lake.clinical.at_once import ManyVersions
from attending.lake.clinical.cells import DoesNotFit, flat, flat_kind
from attending.lake.clinical.columns import (
    OF_RESOURCE,
    SCHEMAS,
)
from attending.lake.clinical.mapped_at_once import MappedVersions
from attending.lake.clinical.sql import NEXT
from attending.lake.clinical.together import addressed
from attending.lake.clinical.unread import unread
from attending.lake.view_shape import NotCompiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyiceberg.manifest import DataFile

    from attending.lake.clinical.cells import Column
    from attending.lake.clinical.iceberg import Iceberg
    from attending.lake.clinical.together import Reads

LAST = "attending.view"  # the definition that was materialized last
SEEN = "attending.seen."  # for a definition: the number of the first version it has not read
TOGETHER = 8_000  # versions that one query reads at most; it holds several times their bytes
BYTES_TOGETHER = 8 << 20  # and of how many bytes, whatever their number
BYTES_ALIKE = 4 << 20  # of versions in which those that are alike are looked for
FEWEST = 1_000  # for fewer, and fewer bytes too, a query costs more than it saves
MOST_BYTES = 8 << 20  # of rows that wait to be written to one file
IN_ORDER = [("received", "ascending"), ("_row", "ascending")]


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
    alike
        Of the versions read, those that were read together because they are alike.

    """

    view: str
    digest: str
    read: int
    rows: int
    parked: int
    by_query: int = 0
    why_one_at_a_time: str = ""
    alike: int = 0

    @property
    def one_at_a_time(self) -> int:
        """Give how many versions were read one at a time."""
        return self.read - self.by_query - self.alike

    @property
    def told(self) -> str:
        """Say it in a line."""
        alike = f"{self.alike:,} alike, " if self.alike else ""
        why = f", for {self.why_one_at_a_time}" if self.why_one_at_a_time else ""
        return (
            f"view {self.view}: {self.rows:,} rows of {self.read:,} versions; "
            f"{alike}{self.by_query:,} read by one query, "
            f"{self.one_at_a_time:,} one at a time{why}; "
            f"{self.parked:,} parked"
        )


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
    reads
        What reads many bodies at once where no query is to; None for none.

    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, tables: Iceberg, view: Viewed, reads: Reads | None
    ) -> None:
        self._con, self._tables, self._view = con, tables, view
        self._table = f"view__{view.name}"
        own = [pa.field(c.name, flat_kind(c)) for c in view.columns]
        self._schema = pa.schema([*OF_RESOURCE, *own])
        self._parked: list[dict[str, Any]] = []
        self._many, self._why = many_versions(view)
        self._reads, self._n_alike = reads, 0

    def run(self) -> Materialized:
        """Read what was not seen, add the rows, and note how far it was read."""
        self._check()
        view, seen = self._view, f"{SEEN}{self._view.digest}"
        first = int(self._tables.noted(self._table, seen, "0"))
        end = self._tables.next_row("resource")
        files: list[DataFile] = []
        n_read = n_rows = n_by_query = 0
        waiting: list[pa.Table] = []
        for each in self._new(first) if first < end else ():
            rows, answered = self._rows_of(each)
            n_read, n_by_query = n_read + each.num_rows, n_by_query + answered
            n_rows += rows.num_rows
            waiting.append(rows)
            if sum(each.nbytes for each in waiting) >= MOST_BYTES:
                files += self._tables.write(self._table, pa.concat_tables(waiting))
                waiting = []
            del each, rows  # or they would be held while the next are read
            pa.default_memory_pool().release_unused()
        if any(each.num_rows for each in waiting):
            files += self._tables.write(self._table, pa.concat_tables(waiting))
        before = self._tables.noted(self._table, LAST)
        if n_read or before != view.digest:
            self._tables.make(self._table, self._schema)
            self._tables.commit(self._table, files, {seen: str(end), LAST: view.digest})
        if self._parked:
            self._park()
        told = (view.name, view.digest, n_read, n_rows, len(self._parked), n_by_query, self._why)
        return Materialized(*told, self._n_alike)

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
        held: list[pa.RecordBatch] = []
        most = BYTES_TOGETHER if self._reads is None else BYTES_ALIKE
        for batch in unread(self._tables, self._view.resource, first):
            held.append(batch)
            if (
                self._many is None
                or sum(each.num_rows for each in held) >= TOGETHER
                or sum(each.nbytes for each in held) >= most
            ):
                together, held = pa.Table.from_batches(held), []
                yield together
                del together
        if held:
            yield pa.Table.from_batches(held)

    def _rows_of(self, versions: pa.Table) -> tuple[pa.Table, int]:
        """Give the rows of some versions, and how many of these a query answered."""
        is_small = versions.num_rows < FEWEST and versions.nbytes < BYTES_ALIKE
        if self._reads is not None and not is_small:
            return self._alike(self._reads, versions), 0
        if self._many is None or is_small:
            return self._table_of(versions.to_pylist()), 0
        try:
            found = self._many.read(self._con.cursor(), versions)
        except duckdb.Error:  # no room for it, or text that this engine takes for no JSON
            return self._table_of(versions.to_pylist()), 0
        mask = pc.is_in(versions["received"], pa.array(sorted(found.aside), pa.int64()))
        beside = self._table_of(versions.filter(mask).to_pylist())
        together = pa.concat_tables([found.rows.cast(self._schema), beside])
        answered = versions.num_rows - len(found.aside)
        return together.sort_by(IN_ORDER), answered

    def _alike(self, reads: Reads, versions: pa.Table) -> pa.Table:
        """Give the rows of versions of which those that are alike are read together."""
        found = reads(versions["body"])
        self._n_alike += versions.num_rows - int(found.left.sum()) - found.n_single
        rows = addressed(found, versions, kind=self._view.resource, view=self._view.digest)
        rows = rows.select(self._schema.names).cast(self._schema)
        beside = self._table_of(versions.filter(pa.array(found.left)).to_pylist())
        return pa.concat_tables([rows, beside]).sort_by(IN_ORDER)

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


def many_versions(view: Viewed) -> tuple[ManyVersions | MappedVersions | None, str]:
    """Give what reads a view by one query, or None and why none can."""
    try:
        if isinstance(view, MappedView) and isinstance(view.beneath, View):
            return MappedVersions(view, view.beneath.definition), ""
        if not isinstance(view, View):
            return None, "it is no view of FHIR resources alone"
        return ManyVersions(view.definition, view.digest), ""
    except NotCompiled as refused:
        return None, refused.what
