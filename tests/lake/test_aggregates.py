"""What checks are asked of is what a drop takes in: the same rows of the same file."""

from __future__ import annotations

import pytest

from attending.errors import Refused
from attending.ingest.sources.csv_drop import csv_drop
from attending.lake.aggregates import (
    FILE_ROW,
    columns_of,
    gathered,
    most_of_one,
    numbered,
    open_tables,
    placed,
    set_aside,
)

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


def test_numbers_are_placed_among_the_deciles_of_the_first_of_their_own_site(tmp_path):
    path = tmp_path / "a.csv"
    north = [*range(10), 4, 4.5, 99, -1, ""]
    south = [*(10 * n for n in range(10)), 4]
    rows = [("n", x) for x in north] + [("s", x) for x in south]
    path.write_text("site,x\n" + "".join(f"{s},{x}\n" for s, x in rows), "utf-8")
    table = open_tables({"t": [path]})["t"]
    table = numbered(table, order=[table[FILE_ROW]], within="site")

    found = placed(table, within="site", numbers={"p": table["x"].try_cast("float64")}, first=10)

    told = {key: [] for key in "ns"}
    for row in gathered(found, by=[FILE_ROW, "site"], asked={"p": found["p"].max()}):
        told[row["site"]].append(row["p"])
    # the deciles are 1 to 9 in the north: twice those below, and one more where it is one
    assert told["n"] == [*map(str, (0, 1, 3, 5, 7, 9, 11, 13, 15, 17, 7, 8, 18, 0)), None]
    assert told["s"][-1] == "0"  # and 10 to 90 in the south


def test_the_rows_of_the_most_frequent_value_are_counted_and_nothing_is_no_value(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("day,x\n1,a\n1,b\n1,b\n1,\n1,\n1,\n2,\n", "utf-8")
    table = open_tables({"t": [path]})["t"]

    found = gathered(table, by=["day"], asked={"top": most_of_one(table["x"])})

    assert [row["top"] for row in found] == [2, None]
