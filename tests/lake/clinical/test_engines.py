"""One question over a view gives one answer, on every engine that can be asked here."""

from __future__ import annotations

import sys
import warnings
from datetime import UTC

import psycopg
import pytest
import sqlglot
from ibis import _

from attending.errors import NoSuchName
from attending.fhir.view import view
from attending.lake.clinical.engines import ENGINES, asked_of

COLUMNS = [
    ("code", "code.text", "string", False),
    ("n", "component.first().value.ofType(integer)", "integer", False),
    ("dose", "value.ofType(Quantity).value", "decimal", False),
    ("said", "status = 'final'", "boolean", False),
    ("issued", "issued", "instant", False),
    ("names", "category.text", "string", True),
]
TYPES = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "VARCHAR[]": "text[]",
    "VARCHAR": "text",
    "DECIMAL(38,18)": "numeric(38, 18)",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}


def ask(rows):
    """Ask what uses every kind of column, with its order told."""
    return (
        rows.group_by(code=rows.code.upper())
        .aggregate(
            n=_.count(),
            parts=_.n.sum(),
            dose=_.dose.sum(),
            most=_.dose.max(),
            mean=_.dose.cast("float64").mean().round(6),
            final=_.said.sum(),
            first=_.issued.min(),
            named=_.names.length().sum(),
            least=_.key.min(),
        )
        .order_by(_.code.asc())
    )


def plain(rows):
    """Give an answer without what engines spell differently: zones, and a decimal's zeros."""
    return [
        tuple(
            v.astimezone(UTC).isoformat()
            if hasattr(v, "astimezone")
            else round(float(v), 6)
            if not isinstance(v, str)
            else v
            for v in row.values()
        )
        for row in rows
    ]


@pytest.fixture
def rows(lake, send):
    """Give a view over observations in which every kind of column is sometimes missing."""
    bodies = []
    for n in range(60):
        body = {"resourceType": "Observation", "id": f"o{n}", "status": ("final", "amended")[n % 2]}
        body |= {
            "code": {"text": "abc"[n % 3] + "é"},
            "component": [{"valueInteger": n}] if n % 4 else [],
        }
        body |= {"issued": f"2026-01-{n % 28 + 1:02}T08:00:00.{n:03}-05:00"}
        body |= {"valueQuantity": {"value": 176.35499866729558 + n}} if n % 5 else {}
        body |= {"category": [{"text": f"k{k}"} for k in range(n % 3)]} if n % 3 else {}
        bodies.append(body)
    send(*bodies)
    columns = [
        {"name": name, "path": path, "type": kind, "collection": many}
        for name, path, kind, many in COLUMNS
    ]
    definition = {"name": "all_kinds", "resource": "Observation", "status": "active"}
    made = lake.materialize(view(definition | {"select": [{"column": columns}]}))
    assert made.rows == 60
    return lake.view("all_kinds")


def on_postgres(server, lake, rows):
    """Answer on PostgreSQL, from a table of the same rows made by its own types."""
    name = rows.get_name()
    shape = lake._con.execute(f"DESCRIBE {name}").fetchall()
    made = ", ".join(f'"{column}" {TYPES[kind]}' for column, kind, *_rest in shape)
    marks = ", ".join(["%s"] * len(shape))
    with psycopg.connect(server) as database:
        database.execute(f"CREATE TEMPORARY TABLE {name} ({made})")
        for row in lake.rows(rows):
            database.execute(f"INSERT INTO {name} VALUES ({marks})", [*row.values()])
        found = database.execute(asked_of("postgres", ask(rows)).sql)
        names = [column.name for column in found.description]
        return plain(dict(zip(names, row, strict=True)) for row in found)


def on_sail(session, lake, rows):
    """Answer on Sail through Spark Connect, from the view's own files."""
    session.read.parquet(*lake.files("view__all_kinds")).createOrReplaceTempView(rows.get_name())
    answer = session.sql(asked_of("spark", ask(rows)).sql).toArrow().to_pylist()
    return plain(answer)


@pytest.fixture
def sail(monkeypatch):
    spark = pytest.importorskip("pysail.spark")
    # A worker's main module has no file, and pyspark then takes itself to be run by doctest.
    monkeypatch.setattr(sys.modules["__main__"], "__file__", __file__, raising=False)
    from pyspark.sql import SparkSession

    server = spark.SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    host, port = server.listening_address
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = SparkSession.builder.remote(f"sc://{host}:{port}").create()
        session.conf.set("spark.sql.session.timeZone", "UTC")
        yield session
        session.stop()  # first: a server waits for its sessions
    server.stop()


def test_postgres_gives_the_same_answer(lake, rows, postgres_server):
    here = plain(lake.rows(ask(rows)))

    assert sum(row[1] for row in here) == 60
    assert on_postgres(postgres_server, lake, rows) == here


def test_sail_gives_the_same_answer(lake, rows, sail):
    assert on_sail(sail, lake, rows) == plain(lake.rows(ask(rows)))


def test_every_other_warehouse_gets_a_question_that_parses_and_is_said_to_be_unasked(rows):
    asked = {engine: asked_of(engine, ask(rows)) for engine in ENGINES}

    for name in ("snowflake", "bigquery", "databricks", "redshift"):
        assert asked[name].standing == "not executed"
        assert sqlglot.parse_one(asked[name].sql, read=name).find(sqlglot.exp.Group)
    with pytest.raises(NoSuchName, match="did you mean 'snowflake'"):
        asked_of("snowflakes", ask(rows))
