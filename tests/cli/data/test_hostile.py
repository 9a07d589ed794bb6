"""Whatever a file holds, `attending ingest` ends, says where bad things lay, and stays small."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
import zlib

import pytest

MOST = 512 << 10  # KiB of memory
# The most it ever held: of this program alone, where getrusage gives its parent's if that is more
RUN = """
import atexit, re, sys
from pathlib import Path
held = lambda: re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
atexit.register(lambda: print(held(), file=sys.stderr))
from attending.cli import main
main()
"""
GOOD = b'{"resourceType": "Patient", "id": "p%d"}'
LONGEST = 16 << 20
START, END = b'{"resourceType": "Patient", "id": "x", "name": [', b"]}"
SMALL = (b'{"a":0}', b"1.0", b'"[,\\"",[]')
MEBIBYTE = bytes(1 << 20)

BAD = {
    START + b"[" * 80 + b"]" * 80 + END: "too_deep",
    b"[" * (1 << 18) + b"]" * (1 << 18): "too_deep",
    START + b'"' + b'\\"' * (1 << 20): "not_json",
    START + b"NaN" + END: "not_json",
    START + b"-Infinity" + END: "not_json",
    START + b"1e999" + END: "not_json",
    START + b'"\\ud800"' + END: "not_json",
    START + b'"\xed\xa0\x80"' + END: "not_json",  # the same half, in bytes
    START + b'"\xc0\xaf"' + END: "not_json",  # longer than UTF-8 writes it
    START + "é".encode("latin-1") + END: "not_json",
    (START + END).decode().encode("utf-16"): "not_json",
    (START + END).decode().encode("utf-32-be"): "not_json",
    START + b'"' + b"x" * (40 << 20) + b'"' + END: "too_long",
}


def wide(inside):
    """One line, a little shorter than the longest that is read, of one small thing repeated."""
    n = (LONGEST - len(START) - len(END)) // (len(inside) + 1)
    return START + b",".join([inside] * n) + END


def circle(n):
    """A resource that refers to the next of three, and its contained ones to each other."""
    inner = [
        {"resourceType": "Patient", "id": f"c{k}", "link": [{"other": {"reference": f"#c{1 - k}"}}]}
        for k in (0, 1)
    ]
    link = [{"other": {"reference": f"Patient/{n % 3 + 1}"}}, {"other": {"reference": "#c0"}}]
    body = {"resourceType": "Patient", "id": f"{n}", "contained": inner, "link": link}
    return json.dumps(body).encode()


@pytest.fixture
def ingested(tmp_path):
    """Run the real verb in a process of its own; give what it says of files, and its memory."""

    def run(*files):
        own = ("--site", "east", "--source", "ehr", "--format", "fhir_ndjson", "-o", "json")
        words = ["ingest", *map(str, files), *own, "--store", str(tmp_path / "store")]
        done = subprocess.run(
            [sys.executable, "-c", RUN, *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=540,
        )
        assert done.returncode == 0, done.stderr[-800:]
        peak = int(done.stderr.split()[-1])
        print(f"peak {peak >> 10} MiB")
        assert peak < MOST
        return json.loads(done.stdout)["files"]

    return run


def asides(told):
    return [(each["offset"], each["length"], each["reason"]) for each in told["set_aside"]]


def test_every_bad_line_is_set_aside_at_its_offset_and_memory_stays_small(tmp_path, ingested):
    file = tmp_path / "bad.ndjson"
    bad = BAD | {wide(inside): "too_wide" for inside in SMALL}
    wanted, at, n = [], 0, 0
    with file.open("wb") as out:
        for n, (line, reason) in enumerate(bad.items(), 1):
            assert b"\n" not in line
            out.write(line + b"\n" + GOOD % n + b"\n")
            wanted.append((at, len(line), reason))
            at += len(line) + len(GOOD % n) + 2

    [told] = ingested(file)

    assert asides(told) == wanted
    assert told["new"] == n


def test_files_that_lie_about_what_they_hold_are_set_aside_where_reading_ends(tmp_path, ingested):
    lines = b"\n".join(circle(n) for n in (1, 2, 3)) + b"\n"
    bomb = gzip.compress(MEBIBYTE * 80)
    kept = {
        "circles": lines,
        "bomb": bomb,
        "twice": gzip.compress(bomb),  # what comes out is no line, and is not opened again
        "behind": gzip.compress(lines) + gzip.compress(MEBIBYTE * 80),
        "cut": gzip.compress(lines)[:-9],
        "damaged": gzip.compress(lines)[:-6] + b"\xff\xff\xff\xff\xff\xff",
    }
    files = []
    for name, raw in kept.items():
        files.append(tmp_path / name)
        files[-1].write_bytes(raw)
    files.append(tmp_path / "zip")
    with zipfile.ZipFile(files[-1], "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", MEBIBYTE * 80)

    told = dict(zip([*kept, "zip"], ingested(*files), strict=True))

    reasons = {name: [reason for _, _, reason in asides(each)] for name, each in told.items()}
    assert reasons["circles"] == []
    assert told["circles"]["new"] == 3
    assert told["behind"]["no_ops"] == 3
    assert (reasons["bomb"], reasons["behind"]) == (["expands_too_far"], ["expands_too_far"])
    assert set(reasons["twice"]) | set(reasons["zip"]) == {"not_json"}
    assert (reasons["cut"][-1], reasons["damaged"]) == ("truncated", ["broken_compression"])
    assert [offset for offset, _, _ in asides(told["behind"])] == [len(lines)]


@pytest.mark.parametrize(
    "length",
    [
        40 << 20,
        pytest.param(1 << 30, marks=[pytest.mark.long, pytest.mark.timeout(900)], id="a gigabyte"),
    ],
)
def test_a_line_without_end_is_set_aside_plain_and_compressed(tmp_path, ingested, length):
    """Compressed without looking for what repeats: it shrinks eightfold, as lines well may."""
    plain, packed = tmp_path / "plain.ndjson", tmp_path / "packed.ndjson.gz"
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 31, 9, zlib.Z_HUFFMAN_ONLY)
    with plain.open("wb") as out, packed.open("wb") as small:
        for _ in range(length >> 20):
            out.write(MEBIBYTE)
            small.write(squeeze.compress(MEBIBYTE))
        end = b"\n" + GOOD % 1
        out.write(end)
        small.write(squeeze.compress(end) + squeeze.flush())

    for told in ingested(plain, packed):
        assert asides(told) == [(0, length, "too_long")]
        assert told["new"] + told["no_ops"] == 1
