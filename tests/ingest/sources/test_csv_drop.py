"""A CSV drop is read whole, or refused with the place and what would be accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attending.errors import NoSuchName, Refused
from attending.ingest import source as room
from attending.ingest.sources.csv_drop import csv_drop

if TYPE_CHECKING:
    from pathlib import Path

NEEDED = frozenset({"id", "site"})


def drop(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


def test_a_file_is_read_whatever_its_line_ends_and_mark(tmp_path: Path) -> None:
    raw = b'\xef\xbb\xbfid, site\r\n1,"A, B"\r\n\r\n2,C\r\n'

    rows = csv_drop(drop(tmp_path / "f.csv", raw), needed=NEEDED)

    assert [r.cells for r in rows.rows] == [{"id": "1", "site": "A, B"}, {"id": "2", "site": "C"}]
    assert rows.broken == ()


def test_a_row_of_the_wrong_width_is_set_aside_with_its_number(tmp_path: Path) -> None:
    rows = csv_drop(drop(tmp_path / "f.csv", b"id,site\n1,A\n2\n3,B,x\n4,C\n"), needed=NEEDED)

    assert [r.cells["id"] for r in rows.rows] == ["1", "4"]
    assert [(n, why) for n, why, _ in rows.broken] == [
        (3, "1 cells where the header has 2"),
        (4, "3 cells where the header has 2"),
    ]


def test_a_missing_column_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(NoSuchName, match="did you mean 'sit'"):
        csv_drop(drop(tmp_path / "f.csv", b"id,sit\n1,A\n"), needed=NEEDED)


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="stands twice"):
        csv_drop(drop(tmp_path / "f.csv", b"id,site,id\n1,A,2\n"), needed=NEEDED)


@pytest.mark.parametrize("raw", [b"", b"\n\n"])
def test_an_empty_file_is_refused(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(Refused, match="empty"):
        csv_drop(drop(tmp_path / "f.csv", raw), needed=NEEDED)


def test_text_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"f\.csv:2: not UTF-8"):
        csv_drop(drop(tmp_path / "f.csv", b"id,site\n1,\xff\n"), needed=NEEDED)


def test_text_of_two_bytes_a_character_is_told_so_where_no_mark_says_it(tmp_path: Path) -> None:
    raw = "id,site\n1,A\n".encode("utf-16-le")
    with pytest.raises(Refused, match="UTF-16; save the file as UTF-8"):
        csv_drop(drop(tmp_path / "f.csv", raw), needed=NEEDED)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        csv_drop(tmp_path / "none.csv", needed=NEEDED)


def test_an_endless_line_is_refused(tmp_path: Path) -> None:
    raw = b"id,site\n1," + b"x" * (room.LONGEST_LINE + 1) + b"\n"

    with pytest.raises(Refused, match="longer than"):
        csv_drop(drop(tmp_path / "f.csv", raw), needed=NEEDED)


@pytest.mark.parametrize("inside", ["\u2028", "\u0085", "\x0b", "\x0c", "\x1c"])
def test_only_line_ends_end_a_line(tmp_path: Path, inside: str) -> None:
    raw = f"id,site\n1,A{inside}B\n2,C\n".encode()

    rows = csv_drop(drop(tmp_path / "f.csv", raw), needed=NEEDED)

    assert [r.cells["site"] for r in rows.rows] == [f"A{inside}B", "C"]
    assert rows.broken == ()


@pytest.mark.parametrize(("divider", "named"), [(";", "semicolons"), ("\t", "tabs")])
def test_a_file_divided_by_something_else_is_told_so(tmp_path, divider, named):
    raw = f"id{divider}site\n1{divider}A\n".encode()

    with pytest.raises(Refused, match=f"divided by {named}"):
        csv_drop(drop(tmp_path / "f.csv", raw), needed=NEEDED)


def test_a_header_that_is_not_csv_is_refused_and_stops_nobody(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"f\.csv:1: the header is not CSV"):
        csv_drop(drop(tmp_path / "f.csv", b'"id"x,site\n1,A\n'), needed=NEEDED)


@pytest.mark.timeout(60)
def test_a_header_as_long_as_a_line_may_be_is_read_whatever_ends_it(tmp_path: Path) -> None:
    """Of 131,072 columns, which are not compared each with each: that took many minutes."""
    header = "i," + ",".join(f"{n:07}" for n in range(1, room.LONGEST_LINE // 8)) + ",abcdef"
    assert len(header) == room.LONGEST_LINE
    for end in ("\n", "\r\n", ""):
        rows = csv_drop(drop(tmp_path / "f.csv", f"{header}{end}".encode()), needed=frozenset())
        assert (len(rows.columns), rows.rows) == (room.LONGEST_LINE // 8 + 1, ())
