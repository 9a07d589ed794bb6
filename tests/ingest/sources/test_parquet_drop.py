"""A Parquet file reads as the CSV file of the same rows; what is none is refused by name."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet

from attending.errors import NoSuchName, Refused
from attending.ingest.sources.csv_drop import csv_drop
from attending.ingest.sources.parquet_drop import parquet_drop

ROWS = [
    {"id": 3, "day": date(2026, 1, 31), "fell": True, "dose": Decimal("2.50"), "ward": "4 West"},
    {"id": 1, "day": date(2026, 2, 1), "fell": False, "dose": None, "ward": "Größe"},
    {"id": 2, "day": None, "fell": None, "dose": Decimal("0.10"), "ward": None},
]
TEXT = [["3", "2026-01-31", "true", "2.50", "4 West"], ["1", "2026-02-01", "false", "", "Größe"],
        ["2", "", "", "0.10", ""]]  # fmt: skip
NEEDED = frozenset({"id", "fell"})


def cells(rows):
    return [[*row.cells.values()] for row in rows.rows]


def test_a_parquet_file_reads_as_the_csv_file_of_the_same_rows(tmp_path):
    parquet.write_table(pa.Table.from_pylist(ROWS), tmp_path / "f.parquet")
    with (tmp_path / "f.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[*ROWS[0]], *TEXT])
    read = parquet_drop(tmp_path / "f.parquet", needed=NEEDED)
    assert cells(read) == TEXT
    assert read.rows == csv_drop(tmp_path / "f.csv", needed=NEEDED).rows


@pytest.mark.parametrize("raw", [b"", b"PAR1", b"id,fell\n1,true\n"])
def test_what_is_no_parquet_is_refused(tmp_path, raw):
    path = tmp_path / "f.parquet"
    path.write_bytes(raw)
    with pytest.raises(Refused, match="no Parquet"):
        parquet_drop(path, needed=NEEDED)


def test_lists_and_missing_columns_are_refused_by_name(tmp_path):
    path = tmp_path / "f.parquet"
    parquet.write_table(pa.table({"id": [1], "fell": [[True]]}), path)
    with pytest.raises(Refused, match="'fell' holds lists"):
        parquet_drop(path, needed=NEEDED)
    parquet.write_table(pa.table({"idd": [datetime(2026, 1, 1)], "fell": [True]}), path)  # noqa: DTZ001
    with pytest.raises(NoSuchName, match="idd"):
        parquet_drop(path, needed=NEEDED)


@pytest.mark.parametrize(
    "column",
    [
        pa.array([2**62], pa.timestamp("us")),
        pa.array([2**62], pa.timestamp("us", "UTC")),
        pa.array([2**31 - 1], pa.date32()),
        pa.array([b"Gr\xf6\xdfe"], pa.binary()).cast(pa.string(), safe=False),
    ],
)
def test_a_value_that_python_does_not_hold_is_refused_with_its_column(tmp_path, column):
    """A database's *for ever* is such a time."""
    path = tmp_path / "f.parquet"
    parquet.write_table(pa.table({"id": [1], "fell": [True], "until": column}), path)
    with pytest.raises(Refused, match="column 'until' holds a value that cannot be read"):
        parquet_drop(path, needed=NEEDED)
