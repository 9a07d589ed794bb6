"""What is stored of a site's resources, asked for some of them at a time, without bodies.

For each type the hashes of the ids are held, eight bytes each; only an id whose hash is there
is looked for in the files. So the first load of a type reads no file, and memory does not grow
with bodies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from attending.lake.clinical.settle import Stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    from numpy.typing import NDArray

    from attending.lake.clinical.iceberg import Iceberg

HASHES = "SELECT hash(id) AS h FROM {of}"
STORED = """
SELECT id, op, version, epoch_us(known_at), received, raw, "offset"
FROM read_parquet(?, hive_partitioning = false)
WHERE type = ? AND site = ? AND id IN (SELECT id FROM asked)
"""

SPAN = """
SELECT epoch_us(min(known_at)), epoch_us(max(known_at))
FROM read_parquet(?, hive_partitioning = false) WHERE batch = ?
"""
TOLD = "SELECT 1 FROM read_parquet(?, hive_partitioning = false) WHERE batch = ? LIMIT 1"


class History:
    """The versions stored of one site's resources.

    Parameters
    ----------
    con
        An in-process DuckDB.
    tables
        The tables; what is written after this is made is added by `add`.
    site
        Whose resources.

    """

    def __init__(self, con: duckdb.DuckDBPyConnection, tables: Iceberg, site: str) -> None:
        self._con = con
        self._tables = tables
        self._site = site
        self._files: dict[str, list[str]] = {}
        self._known: dict[str, list[NDArray[np.uint64]]] = {}

    def of(self, kind: str, ids: Sequence[str]) -> dict[str, list[Stored]]:
        """Give the stored versions of some resources of a type, by id."""
        if kind not in self._files:
            self._read(kind)
        hashes = self._hashed(ids)
        there = np.zeros(len(hashes), dtype=bool)
        for known in self._known[kind]:
            there |= _among(known, hashes)
        if not there.any():
            return {}
        asked = [each for each, found in zip(ids, there, strict=True) if found]
        self._con.register("asked", pa.table({"id": pa.array(asked, pa.string())}))
        found: dict[str, list[Stored]] = {}
        rows = self._con.execute(STORED, [self._files[kind], kind, self._site]).fetchall()
        self._con.unregister("asked")
        for name, *said in rows:
            found.setdefault(name, []).append(Stored(*said))
        return found

    def untold(self, batch: str) -> tuple[int, int] | None:
        """Give from when to when a batch's versions are that has some here and no row of its own.

        Such a batch was cut off after its versions were committed. In microseconds; None for
        a batch that has its row, or no version.
        """
        told = self._tables.files("batch")
        if told and self._con.execute(TOLD, [told, batch]).fetchone():
            return None
        files = self._tables.files("resource", site=self._site)
        found = self._con.execute(SPAN, [files, batch]).fetchone() if files else None
        return None if found is None or found[0] is None else (found[0], found[1])

    def add(self, kind: str, ids: Sequence[str], files: Sequence[str]) -> None:
        """Take in versions that were just written to files."""
        self._files[kind] += files
        known = self._known[kind]
        known.append(np.unique(self._hashed(ids)))
        while len(known) > 1 and 2 * len(known[-1]) >= len(known[-2]):  # few to look in, each large
            last = known.pop()
            known[-1] = np.union1d(known[-1], last)

    def _read(self, kind: str) -> None:
        files = self._tables.files("resource", type=kind, site=self._site)
        self._files[kind], self._known[kind] = files, []
        if files:
            of = "read_parquet(?, hive_partitioning = false)"
            found = self._con.execute(HASHES.format(of=of), [files]).fetchnumpy()["h"]
            self._known[kind].append(np.unique(found))

    def _hashed(self, ids: Sequence[str]) -> NDArray[Any]:
        self._con.register("asked", pa.table({"id": pa.array(ids, pa.string())}))
        found: NDArray[Any] = self._con.execute(HASHES.format(of="asked")).fetchnumpy()["h"]
        self._con.unregister("asked")
        return found


def _among(known: NDArray[Any], hashes: NDArray[Any]) -> NDArray[Any]:
    """Tell which hashes stand in a sorted array."""
    place = np.searchsorted(known, hashes)
    place[place == len(known)] = 0
    there: NDArray[Any] = known[place] == hashes
    return there
