"""What checks are asked of is what a drop takes in: the same rows of the same file."""

from __future__ import annotations

import pytest

from attending.errors import Refused
from attending.ingest.sources.csv_drop import csv_drop
from attending.lake.aggregates import columns_of, open_tables, set_aside

PLAIN = [f"{n},Alder,{n % 5}.5" for n in range(30)]
LATE = [f"{n},Alder,{n % 5}.5" for n in range(25_000)]
FILES = {
    "plain": PLAIN,
    "too_few_cells": [*PLAIN, "30,Alder", "31,Birch,1"],
    "too_many_cells": ["0,Alder,1,2", *PLAIN],
    "only_one_good": ["1", "2", "3,Alder,4"],
    "far_down": [*LATE, "x,Alder", "y,Birch,1"],
    "quoted": [*PLAIN, '30,"Al, der",1', '31,"Al\nder",1', '32,"Al""der",1'],
    "blank": [*PLAIN, "", "31,Birch,1"],
    "other_separators": [*PLAIN, "30,Al\u2028der,1", "31,Al\x0bder,1"],
}


def texts(rows):
    engine = rows.get_backend().con
    return engine.execute("SELECT id, site, a FROM t ORDER BY _file_row").fetchall()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_rows_that_are_asked_are_those_that_a_drop_takes(tmp_path, name, end):
    path = tmp_path / "rows.csv"
    path.write_bytes((end.join(["id,site,a", *FILES[name]]) + end).encode())
    taken = csv_drop(path, needed=frozenset({"id", "site", "a"}))

    rows = open_tables({"t": [path]})["t"]

    assert texts(rows) == [tuple(row.cells.values()) for row in taken.rows]
    assert set_aside(rows) == len(taken.broken)
    assert columns_of(path) == {"id", "site", "a"}


def test_a_file_that_is_not_utf8_is_refused_whole(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes("id,site,a\n1,Zürich,2\n3\n".encode("cp1252"))

    with pytest.raises(Refused, match="not UTF-8"):
        open_tables({"t": [path]})
