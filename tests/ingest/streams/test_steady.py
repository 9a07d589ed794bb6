"""A file is read on only while it is the file that was looked over."""

from __future__ import annotations

import os
from hashlib import sha256

import pyarrow as pa
import pytest
from pyarrow import parquet

from attending.errors import Refused
from attending.ingest.source import Changed, whole
from attending.ingest.streams import steady as room
from attending.ingest.streams.csv_rows import csv_rows
from attending.ingest.streams.ndjson_rows import ndjson_rows
from attending.ingest.streams.parquet_rows import parquet_rows
from attending.ingest.streams.steady import Steady

N_ROWS = 60_000  # more than one piece of any file, and of a Parquet file more than one batch


def as_csv(path):
    path.write_text("id,x\n" + "".join(f"{n},{n}\n" for n in range(N_ROWS)))


def as_ndjson(path):
    path.write_text("".join(f'{{"id": {n}}}\n' for n in range(N_ROWS)))


def as_parquet(path):
    table = pa.table({"id": range(N_ROWS)})
    parquet.write_table(table, path, row_group_size=N_ROWS // 4, compression="none")


FORMS = [(csv_rows, as_csv), (ndjson_rows, as_ndjson), (parquet_rows, as_parquet)]


@pytest.mark.parametrize(("rows_of", "write"), FORMS)
def test_a_file_that_is_written_to_is_not_read_on(tmp_path, monkeypatch, rows_of, write):
    monkeypatch.setattr(room, "PIECE", 1 << 12)
    path = tmp_path / "f"
    write(path)
    stream = rows_of(path, needed=frozenset({"id"}))
    rows = stream.rows()
    next(rows)
    with path.open("ab") as file:
        file.write(b"1,1\n")

    with pytest.raises(Changed):
        list(rows)
    with pytest.raises(Refused, match="written to while it was read"):
        whole(stream)


@pytest.mark.parametrize(("rows_of", "write"), FORMS)
def test_a_file_that_gets_another_name_while_it_is_read_is_read_to_its_end(
    tmp_path, rows_of, write
):
    path = tmp_path / "f"
    write(path)
    stream = rows_of(path, needed=frozenset({"id"}))
    rows = stream.rows()
    first = next(rows)
    path.rename(tmp_path / "g")

    assert first.cells["id"] == "0"
    assert sum(1 for _ in rows) == N_ROWS - 1
    with pytest.raises(Changed):
        next(stream.rows())


def test_another_file_of_the_same_size_and_age_is_another_file(tmp_path):
    path, other = tmp_path / "f", tmp_path / "g"
    path.write_text("id\n1\n")
    other.write_text("id\n2\n")
    stamp = path.stat().st_mtime_ns
    os.utime(other, ns=(stamp, stamp))
    file = Steady(path, is_text=True)
    other.replace(path)

    with pytest.raises(Changed), file.opened():
        pass


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1 << 18])
def test_what_is_not_utf8_is_found_at_its_line_wherever_pieces_end(tmp_path, monkeypatch, piece):
    monkeypatch.setattr(room, "PIECE", piece)
    good = "id,name\n1,Zoë\n2,日本\n".encode()
    path = tmp_path / "f.csv"
    path.write_bytes(good)
    assert Steady(path, is_text=True).digest == sha256(good).hexdigest()

    for bad in (b"\xff", b"\xe6\x97"):
        path.write_bytes(good + b"3," + bad + b"\n4,x\n")
        with pytest.raises(Refused, match=r"f\.csv:4: not UTF-8"):
            Steady(path, is_text=True)
    path.write_bytes(good + b"3,\xe6\x97")
    with pytest.raises(Refused, match=r"f\.csv:4: not UTF-8"):
        Steady(path, is_text=True)
