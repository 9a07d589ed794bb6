"""The same rows read the same, whether they come as text, as Parquet or from a warehouse."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from attending.errors import NoSuchName, Refused
from attending.ingest.sources.csv_drop import csv_drop
from attending.ingest.sources.parquet_drop import parquet_drop
from attending.ingest.sources.warehouse_table import warehouse_table

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


@pytest.fixture
def edw(tmp_path, monkeypatch):
    with duckdb.connect(tmp_path / "edw.db") as database:
        database.execute("CREATE SCHEMA quality")
        database.execute(
            "CREATE TABLE quality.falls"
            " (id INT, day DATE, fell BOOLEAN, dose DECIMAL(5,2), ward TEXT)"
        )
        rows = [tuple(row.values()) for row in ROWS]
        database.executemany("INSERT INTO quality.falls VALUES (?, ?, ?, ?, ?)", rows)
    monkeypatch.setenv("ATTENDING_WAREHOUSE_EDW", f"duckdb://{tmp_path}/edw.db")


def asking(tmp_path, **over):
    path = tmp_path / "falls.table"
    told = {"connection": "edw", "table": "quality.falls", "order_by": ["id"]} | over
    path.write_text(json.dumps(told))
    return path


def test_a_parquet_file_reads_as_the_csv_file_of_the_same_rows(tmp_path):
    parquet.write_table(pa.Table.from_pylist(ROWS), tmp_path / "f.parquet")
    with (tmp_path / "f.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[*ROWS[0]], *TEXT])
    read = parquet_drop(tmp_path / "f.parquet", needed=NEEDED)
    assert cells(read) == TEXT
    assert read.rows == csv_drop(tmp_path / "f.csv", needed=NEEDED).rows


def test_a_warehouses_table_is_read_in_the_declared_order_and_has_one_digest(tmp_path, edw):
    read = warehouse_table(asking(tmp_path), needed=NEEDED)
    assert cells(read) == [TEXT[1], TEXT[2], TEXT[0]]
    assert warehouse_table(asking(tmp_path), needed=NEEDED).digest == read.digest
    assert warehouse_table(asking(tmp_path, order_by=["ward"]), needed=NEEDED).digest != read.digest
    few = warehouse_table(asking(tmp_path, columns=["id", "fell"]), needed=NEEDED)
    assert few.columns == ("id", "fell")


def test_what_cannot_be_read_is_refused_and_no_address_is_repeated(tmp_path, edw, monkeypatch):
    with pytest.raises(NoSuchName, match="fell"):
        warehouse_table(asking(tmp_path, columns=["id", "fel"]), needed=NEEDED)
    with pytest.raises(Refused, match=r"quality\.fall cannot be read"):
        warehouse_table(asking(tmp_path, table="quality.fall"), needed=NEEDED)
    with pytest.raises(Refused, match="ATTENDING_WAREHOUSE_OTHER"):
        warehouse_table(asking(tmp_path, connection="other"), needed=NEEDED)
    with pytest.raises(Refused, match="order_by"):
        warehouse_table(asking(tmp_path, order_by=[]), needed=NEEDED)
    monkeypatch.setenv("ATTENDING_WAREHOUSE_EDW", "postgres://u:hush@127.0.0.1:1/x")
    with pytest.raises(Refused) as refused:
        warehouse_table(asking(tmp_path), needed=NEEDED)
    assert "hush" not in str(refused.value)


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
