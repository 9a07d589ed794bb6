"""A warehouse's table reads as a file of the same rows would, and no address is repeated."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from attending.errors import NoSuchName, Refused
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
