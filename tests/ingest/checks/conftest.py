"""Small tables, asked one line."""

from __future__ import annotations

import duckdb
import ibis
import pyarrow as pa
import pytest

from attending import shapes
from attending.ingest.checking import Occasion, run_checks
from attending.spec.data.checks import Checks

AT = "2026-03-02T12:00:00.000Z"


@pytest.fixture
def ask():
    """Give what asks lines of columns, and gives the results."""

    def asked(columns, *lines, tables=None, **said):
        n = len(next(iter(columns.values())))
        table = pa.table(
            {
                "key": [f"k{i}" for i in range(n)],
                "at": pa.array(range(n), pa.int64()),
                **{name: pa.array(each, pa.string()) for name, each in columns.items()},
            }
        )
        con = duckdb.connect()
        for name, each in {"rows": table, **(tables or {})}.items():
            con.register(name, each if name == "rows" else pa.table(each))
        opened = ibis.duckdb.from_connection(con)
        rows, there = opened.table("rows"), {name: opened.table(name) for name in tables or {}}
        document = {
            "kind": "Checks", "name": "some_checks", "source": "s", "table": "t", "key": "key",
            "order": "at", "checks": list(lines), **said,
        }  # fmt: skip
        return run_checks(shapes.convert(document, Checks), rows, Occasion("0" * 64, AT, there))

    return asked
