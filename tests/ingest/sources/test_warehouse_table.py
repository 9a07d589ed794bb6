"""A warehouse's table reads as a file of the same rows would, and no address is repeated."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import duckdb
import ibis
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


@pytest.fixture
def odd(tmp_path, monkeypatch):
    with duckdb.connect(tmp_path / "odd.db") as database:
        database.execute("CREATE TYPE level AS ENUM ('low', 'high')")
        database.execute(
            "CREATE TABLE odd AS SELECT 1 AS id, 'low'::level AS level, uuid() AS visit,"
            " TIMESTAMPTZ '2026-01-31 08:30:00.25+00' AS at, 'NaN'::DOUBLE AS score,"
            " 12::HUGEINT AS n, [1, 2] AS list"
        )
        database.execute("CREATE VIEW named AS SELECT 7 AS id, 'Ada'::VARCHAR AS name")
        database.execute("CREATE VIEW breaks AS SELECT id, name::INT AS n FROM named")
    monkeypatch.setenv("ATTENDING_WAREHOUSE_EDW", f"duckdb://{tmp_path}/odd.db")


def test_a_time_with_a_zone_a_named_level_and_a_uuid_are_single_values(tmp_path, odd):
    columns = ["id", "level", "visit", "at", "score", "n"]
    path = asking(tmp_path, table="odd", columns=columns)

    [row] = warehouse_table(path, needed=frozenset({"at"})).rows

    assert len(row.cells.pop("visit")) == 36
    assert row.cells == {
        "id": "1", "level": "low", "at": "2026-01-31T08:30:00.250000+00:00", "score": "", "n": "12",
    }  # fmt: skip


def test_a_column_that_holds_no_single_values_is_named(tmp_path, odd):
    with pytest.raises(Refused, match=r"'list' of odd holds array<int32>.*`columns`"):
        warehouse_table(asking(tmp_path, table="odd"), needed=frozenset())


def test_a_view_that_breaks_off_is_refused_and_no_value_of_it_is_repeated(tmp_path, odd):
    with pytest.raises(Refused, match="breaks broke off after 0 rows: ConversionException") as it:
        warehouse_table(asking(tmp_path, table="breaks"), needed=frozenset())
    assert "Ada" not in str(it.value)


def test_a_table_that_is_not_there_is_said_not_to_be_there(tmp_path, edw):
    with pytest.raises(Refused, match=r"none of that name \(accepted: SCHEMA\.TABLE"):
        warehouse_table(asking(tmp_path, table="quality.fals"), needed=NEEDED)


def test_a_connection_that_has_no_address_says_how_one_is_set(tmp_path, monkeypatch):
    monkeypatch.delenv("ATTENDING_WAREHOUSE_EDW", raising=False)
    with pytest.raises(Refused, match=r"accepted: ATTENDING_WAREHOUSE_EDW=duckdb://FILE"):
        warehouse_table(asking(tmp_path), needed=NEEDED)


def test_an_engine_that_would_begin_a_file_is_not_asked_for_one_that_is_not_there(
    tmp_path, monkeypatch
):
    def begun(address, **_):
        (tmp_path / "none.sqlite").touch()
        raise ValueError(address)

    monkeypatch.setattr(ibis, "connect", begun)  # as SQLite's does, wherever it is installed
    monkeypatch.setenv("ATTENDING_WAREHOUSE_EDW", f"sqlite://{tmp_path}/none.sqlite?timeout=5")
    with pytest.raises(Refused, match="there is no such file") as refused:
        warehouse_table(asking(tmp_path), needed=NEEDED)
    assert not (tmp_path / "none.sqlite").exists()
    assert str(tmp_path) not in str(refused.value)


def test_nothing_is_made_where_a_name_is_misspelled_or_no_engine_reads_it(tmp_path, monkeypatch):
    monkeypatch.setenv("ATTENDING_WAREHOUSE_EDW", f"duckdb://{tmp_path}/none.db")
    with pytest.raises(Refused, match="cannot be read"):
        warehouse_table(asking(tmp_path), needed=NEEDED)
    assert not (tmp_path / "none.db").exists()
    monkeypatch.setenv("ATTENDING_WAREHOUSE_EDW", f"nosuch://u:hush@{tmp_path}/none")
    with pytest.raises(Refused) as refused:
        warehouse_table(asking(tmp_path), needed=NEEDED)
    assert "hush" not in str(refused.value)
