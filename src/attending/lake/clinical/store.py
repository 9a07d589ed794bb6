"""The clinical lake of one store: raw files, tables, what holds now and what held then.

Any number of processes may read; one writes at a time. Nothing here is the only truth: with the
raw files, whose digests the ledger names, every table can be made again.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

import duckdb
import ibis
import pyarrow as pa

from attending import shapes
from attending.digest import digest
from attending.errors import NoSuchName, Refused
from attending.facts.data.parked import Parked
from attending.fhir.decode import decode_exact
from attending.lake.at_rest import AtRest
from attending.lake.clinical.columns import SCHEMAS
from attending.lake.clinical.compact import compact
from attending.lake.clinical.history import History
from attending.lake.clinical.leftover import tidied
from attending.lake.clinical.load import Loading
from attending.lake.clinical.references import references
from attending.lake.clinical.sql import NEXT, holding, quoted, rows_of, text
from attending.lake.clinical.views import LAST, Materializing
from attending.lake.durable import make_folder
from attending.lake.raw import RawFiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from attending.lake.clinical.iceberg import Iceberg
    from attending.lake.clinical.received import Aside, Batch, Loaded, Received
    from attending.lake.clinical.references import References
    from attending.lake.clinical.together import Reads
    from attending.lake.clinical.views import Materialized, Viewed

MEMORY = "384MB"  # for queries; what does not fit goes to a folder of the lake
# What it needs is half of a command's start, and few commands open a lake.
TABLES = "attending.lake.clinical.iceberg"
WRITTEN_FROM_OUTSIDE = ("person", "check", "edge", "parked")
PARKED_NOW = """
SELECT * EXCLUDE (n) FROM (
  SELECT *, row_number() OVER (
    PARTITION BY raw, "offset", source, site ORDER BY received DESC) AS n FROM parked)
WHERE n = 1 {and_} ORDER BY received
"""


class ClinicalLake:
    """The clinical tables in a store's folder.

    Parameters
    ----------
    store
        The store; `lake` in it is made when absent.

    """

    def __init__(self, store: Path) -> None:
        self._folder = store / "lake"
        make_folder(self._folder)
        there = AtRest(self._folder)
        self.raw = RawFiles(self._folder / "raw")
        self._tables: Iceberg = import_module(TABLES).Iceberg(self._folder)
        # It gives back what is freed: a load peaks an eighth lower, at a third less system time.
        pa.set_memory_pool(pa.system_memory_pool())
        self._con = duckdb.connect(":memory:")
        self._con.execute(f"SET memory_limit = {text(MEMORY)}")
        self._con.execute(f"SET temp_directory = {text(str(self._folder / 'spilled'))}")
        self._con.execute("SET TimeZone = 'UTC'")
        self._con.execute("SET enable_progress_bar = false")  # stdout is data
        there.lend(self._con)
        self._ibis = ibis.duckdb.from_connection(self._con)

    @classmethod
    def open(cls, store: Path) -> Self:
        """Open the lake of a store, made when absent."""
        return cls(store)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the tables."""
        self._con.close()
        self._tables.close()

    def load(self, batch: Batch, received: Iterable[Received | Aside]) -> Loaded:
        """Take a batch in; what is said already, writes nothing.

        Parameters
        ----------
        batch
            What it is. Its raw file should be kept before.
        received
            What a feed gives, in its order; taken in a bounded part at a time.

        """
        with self._writing():
            here = self.parked(raw=batch.raw, source=batch.source, site=batch.site)
            waiting = {(each.raw, each.offset): each for each in here}
            listed = self._sql(f"SELECT 1 FROM raw WHERE digest = {text(batch.raw)}", "raw")  # noqa: S608  a digest, quoted
            history = History(self._con, self._tables, batch.site)
            loading = Loading(self._tables, history, batch, waiting, is_listed=bool(listed))
            return loading.run(received)

    def table(self, name: str) -> Any:
        """Give a table as Ibis reads it; one never written has its columns and no row.

        Raises
        ------
        NoSuchName
            No such table, and none of the contract's.

        """
        self._fresh(name)
        return self._ibis.table(name)

    def current(
        self,
        *,
        type: str | None = None,  # noqa: A002  the column's name
        site: str | None = None,
        as_of: datetime | None = None,
    ) -> Any:
        """Give the versions that hold, as an Ibis table with the columns of `resource`.

        Parameters
        ----------
        type, site
            Of which type and site alone.
        as_of
            What held at that moment, by what was known at the source; now when absent.

        """
        self._fresh("resource")
        held = holding("resource", kind=type, site=site, as_of=as_of)
        query = f"SELECT r.* FROM resource r WHERE r.received IN ({held})"  # noqa: S608  own names, quoted
        if type is not None:
            query += f" AND r.type = {text(type)}"
        return self._named(query)

    def as_of(self, moment: datetime, **among: str) -> Any:
        """Give what held at a moment; see `current`."""
        return self.current(as_of=moment, **among)

    def view(self, name: str, *, as_of: datetime | None = None, spec: str = "") -> Any:
        """Give a view's rows that hold, as an Ibis table.

        Parameters
        ----------
        name
            The view's name.
        as_of
            As in `current`.
        spec
            Digest of the definition; the one materialized last when absent.

        """
        table = f"view__{name}"
        self._fresh("resource")
        self._fresh(table)
        which = spec or self._tables.noted(table, LAST)
        held = holding("resource", kind=None, site=None, as_of=as_of)
        return self._named(
            f"SELECT v.* FROM {quoted(table)} v "  # noqa: S608  own names, quoted
            f"WHERE v._view = {text(which)} AND v.received IN ({held})"
        )

    def views(self) -> list[str]:
        """List the views that were materialized."""
        return [n.removeprefix("view__") for n in self._tables.names() if n.startswith("view__")]

    def materialize(self, view: Viewed, reads: Reads | None = None) -> Materialized:
        """Evaluate a view over every version it has not seen; again, it writes nothing.

        Parameters
        ----------
        view
            The view.
        reads
            What reads many bodies of it at once; a query, or one at a time, without.

        Raises
        ------
        Refused
            A column holds another kind of value than under an earlier definition.

        """
        with self._writing():
            return Materializing(self._con, self._tables, view, reads).run()

    def references(self, *, site: str | None = None) -> References:
        """Count what the resources that hold say of one another, at one site or at all."""
        self._fresh("resource")
        return references(self._con, site)

    def rows(self, asked: Any) -> list[dict[str, Any]]:
        """Give the rows of an Ibis expression."""
        return self._sql(str(ibis.to_sql(asked, dialect="duckdb")))

    def parked(
        self,
        *,
        raw: str | None = None,
        source: str | None = None,
        site: str | None = None,
        state: str = "open",
    ) -> list[Parked]:
        """Give what is set aside and in a certain state now, all of it or one sender's of a file.

        The same place of the same bytes is set aside by each who sent them, and by each view that
        cannot read it: what became of one says nothing of another.
        """
        asked = {"state": state, "raw": raw, "source": source, "site": site}
        and_ = " ".join(f"AND {k} = {text(v)}" for k, v in asked.items() if v is not None)
        found = self._sql(PARKED_NOW.format(and_=and_), "parked")
        return [shapes.convert(row, Parked, strict=False) for row in found]

    def body(self, site: str, type: str, id: str, version: str = "") -> dict[str, Any] | None:  # noqa: A002  the columns' names
        """Give a resource's tree as it holds, or a named version of it; None where none does."""
        self._fresh("resource")
        if version:
            which = f"version = {text(version)} AND op = 'upsert'"
        else:
            which = f"received IN ({holding('resource', kind=type, site=site, as_of=None)})"
        rows = self._sql(
            f"SELECT body FROM resource WHERE site = {text(site)} AND type = {text(type)} "  # noqa: S608  quoted
            f"AND id = {text(id)} AND {which} ORDER BY received DESC LIMIT 1"
        )
        return decode_exact(rows[0]["body"].encode()) if rows else None

    def append(self, name: str, rows: Sequence[dict[str, Any]]) -> int:
        """Add rows to a table that is not a load's own; give how many.

        Raises
        ------
        Refused
            The table is written by loads alone, or a row has a column that it has not.

        """
        if name not in WRITTEN_FROM_OUTSIDE:
            raise Refused(f"{name} is not written so", accepted=WRITTEN_FROM_OUTSIDE)
        schema = SCHEMAS[name]
        for column in sorted({column for row in rows for column in row} - {*schema.names}):
            raise NoSuchName(column, f"the columns of {name}", schema.names)
        if not rows:
            return 0
        with self._writing():
            first = self._tables.next_row(name)
            numbered = [row | {"received": first + n} for n, row in enumerate(rows)]
            files = self._tables.write(name, pa.Table.from_pylist(numbered, schema=schema))
            self._tables.commit(name, files, {NEXT: str(first + len(rows))})
        return len(rows)

    def ever(self, name: str) -> int:
        """Give how many rows a table ever took: it grew if this did."""
        return self._tables.next_row(name)

    def files(self, name: str) -> list[str]:
        """Give the Parquet files that hold a table's rows now."""
        return self._tables.files(name)

    def compact(self, name: str = "") -> dict[str, tuple[int, int]]:
        """Write small files together; no row changes. Give files before and after, by table."""
        with self._writing():
            names = [name] if name else self._tables.names()
            return {each: compact(self._tables, each) for each in names}

    def _fresh(self, name: str) -> None:
        """Let DuckDB see the files that make a table up now."""
        schema = self._tables.schema(name) or SCHEMAS.get(name)
        if schema is None:
            raise NoSuchName(name, "the lake", {*SCHEMAS, *self._tables.names()})
        query = rows_of(schema, self._tables.files(name))
        self._con.execute(f"CREATE OR REPLACE VIEW {quoted(name)} AS {query}")

    def _named(self, query: str) -> Any:
        """Give a query as an Ibis table; the same query bears the same name."""
        name = f"asked_{digest(query)[:16]}"
        self._con.execute(f"CREATE OR REPLACE VIEW {name} AS {query}")
        return self._ibis.table(name)

    def _sql(self, query: str, *tables: str) -> list[dict[str, Any]]:
        for name in tables:
            self._fresh(name)
        found: list[dict[str, Any]] = self._con.sql(query).to_arrow_table().to_pylist()
        return found

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the lake's lock: one process writes at a time, and others wait."""
        with (self._folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            with tidied(self._folder, self._tables):
                yield
