"""What is read while it is kept is what is kept, and counts for nothing where it is not."""

from __future__ import annotations

import gzip
import os
import random
from hashlib import sha256
from pathlib import Path

import pytest

from attending.errors import Refused
from attending.lake.at_rest import seal_lake
from attending.lake.inflate import PIECE, Broken
from attending.lake.keeping import hashing
from attending.lake.raw import RawFiles

UNREADABLE = Path("/proc/self/mem")  # opens, and fails when its first byte is read
RANDOM = random.Random(7)


def files_under(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("n_bytes", [0, 1, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 3])
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_read_while_a_file_is_kept_is_what_was_sent_and_lies_there(
    tmp_path, n_bytes, packed
):
    content = RANDOM.randbytes(n_bytes)
    sent = gzip.compress(content, 1) if packed else content
    (tmp_path / "sent").write_bytes(sent)
    raw = RawFiles(tmp_path / "raw")

    with raw.keeping(tmp_path / "sent") as reading:
        read = b"".join(reading.pieces())
        again = b"".join(reading.pieces())

    digest = reading.digest.result()
    assert read == again == content
    assert digest == sha256(sent).hexdigest()
    assert [path.read_bytes() for path in files_under(tmp_path / "raw")] == [sent]
    assert raw.path(digest).read_bytes() == sent


def test_the_first_bytes_are_read_before_the_last_have_come(tmp_path):
    os.mkfifo(tmp_path / "sent")
    sender = os.open(tmp_path / "sent", os.O_RDWR)
    raw = RawFiles(tmp_path / "raw")

    with raw.keeping(tmp_path / "sent") as reading:
        pieces = reading.pieces()
        for _ in range(PIECE // 4096):  # no more than a pipe takes without a reader
            os.write(sender, b"a" * 4096)
        first = next(pieces)
        was_known = reading.digest.done()
        os.write(sender, b"end")
        os.close(sender)
        rest = b"".join(pieces)

    assert not was_known
    assert first + rest == b"a" * PIECE + b"end"
    assert raw.has(sha256(first + rest).hexdigest())


def test_a_file_that_is_read_in_part_is_kept_whole(tmp_path):
    sent = RANDOM.randbytes(3 * PIECE)
    (tmp_path / "sent").write_bytes(sent)
    raw = RawFiles(tmp_path / "raw")

    with raw.keeping(tmp_path / "sent") as reading:
        next(reading.pieces())

    assert b"".join(raw.pieces(sha256(sent).hexdigest())) == sent


def test_a_reader_that_fails_early_keeps_no_large_file(tmp_path):
    with (tmp_path / "sent").open("wb") as file:
        file.truncate(8 << 30)  # holes: hashing it would take seconds

    def fail():
        with RawFiles(tmp_path / "raw").keeping(tmp_path / "sent") as reading:
            next(reading.pieces())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert files_under(tmp_path / "raw") == []


def test_a_file_that_cannot_be_read_refuses_its_readers_too_and_leaves_nothing(tmp_path):
    found = []

    def read():
        with RawFiles(tmp_path / "raw").keeping(UNREADABLE) as reading:
            try:
                found.extend(reading.pieces())
            except Refused as refused:
                found.append(str(refused))
            found.append(type(reading.digest.exception()))

    with pytest.raises(Refused, match="cannot be read"):
        read()
    assert found == [f"{UNREADABLE}: cannot be read: Input/output error", Refused]
    assert files_under(tmp_path / "raw") == []


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes_and_kept(tmp_path):
    content = RANDOM.randbytes(2 * PIECE)
    (tmp_path / "sent").write_bytes(gzip.compress(content, 1)[:-PIECE])
    read = []

    keeping = RawFiles(tmp_path / "raw").keeping(tmp_path / "sent")
    with keeping as reading, pytest.raises(Broken, match="truncated"):
        read.extend(reading.pieces())

    assert read
    assert content.startswith(b"".join(read))
    assert len(files_under(tmp_path / "raw")) == 1


def test_a_file_that_is_kept_sealed_is_read_as_it_came(tmp_path):
    (tmp_path / "key").write_bytes(os.urandom(32))
    (tmp_path / "key").chmod(0o600)
    seal_lake(tmp_path / "store/lake", tmp_path / "key")
    sent = b"canary" * PIECE
    (tmp_path / "sent").write_bytes(sent)

    with RawFiles(tmp_path / "store/lake/raw").keeping(tmp_path / "sent") as reading:
        read = b"".join(reading.pieces())

    assert read == sent
    assert reading.digest.result() == sha256(sent).hexdigest()
    [kept] = files_under(tmp_path / "store/lake/raw")
    assert b"canary" not in kept.read_bytes()


def test_a_file_that_changes_while_it_is_hashed_is_refused(tmp_path):
    (tmp_path / "sent").write_bytes(b"a" * 10)

    def read():
        with hashing(tmp_path / "sent") as reading:
            list(reading.pieces())
            (tmp_path / "sent").write_bytes(b"b" * 11)

    with pytest.raises(Refused, match="it changed while it was read"):
        read()


def test_a_file_that_lies_sealed_is_hashed_as_what_was_sealed(tmp_path):
    (tmp_path / "key").write_bytes(os.urandom(32))
    (tmp_path / "key").chmod(0o600)
    sent = RANDOM.randbytes(2 * PIECE)
    (tmp_path / "store/exports").mkdir(parents=True)
    (tmp_path / "store/exports/sent").write_bytes(sent)
    seal_lake(tmp_path / "store/lake", tmp_path / "key")

    with hashing(tmp_path / "store/exports/sent") as reading:
        read = b"".join(reading.pieces())

    assert (tmp_path / "store/exports/sent").read_bytes() != sent
    assert read == sent
    assert reading.digest.result() == sha256(sent).hexdigest()
