"""What the machine refuses is said in one sentence, with what to do; a fault of ours is not."""

from __future__ import annotations

import errno
import resource
import sqlite3
import subprocess
import sys

import pytest

from attending.cli.speaking.failing import failing
from attending.errors import NotDurable, Refused

RUN = "from attending.cli import main; main()"


def full():
    return OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (full(), "is full; make room and run it again"),
        (OSError(errno.EROFS, "x", "/a/store"), "/a/store: what lies here can be read and not"),
        (PermissionError(errno.EACCES, "x", "/a/b"), "/a/b: this user may not read or write here"),
        (sqlite3.OperationalError("database or disk is full"), "is full; make room"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "read and not written"),
        (ValueError("database or disk is full"), ""),  # said by nobody who would know
        (FileNotFoundError(errno.ENOENT, "x", "/a"), ""),
        (KeyError("x"), ""),
    ],
)
def test_an_error_of_the_machine_is_one_sentence_and_any_other_is_none(error, said):
    assert (said in failing(error)) if said else failing(error) == ""


def test_what_lay_beneath_is_seen_and_a_refusal_keeps_its_own_words():
    refused = NotDurable("the checkpoint at 3 is not on disk")
    refused.__cause__ = full()
    assert failing(refused).startswith("the checkpoint at 3 is not on disk; make room")


def test_a_refusal_that_only_came_after_another_error_is_no_full_disk():
    with pytest.raises(Refused) as refused:
        refuse_after(full())
    assert refused.value.__context__ is not None
    assert failing(refused.value) == ""


def refuse_after(error):
    try:
        raise error
    except OSError:
        raise Refused("no such site") from None


def held_small():
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))


def test_a_load_that_finds_no_room_says_so_blames_no_file_and_goes_on_with_room(tmp_path):
    file = tmp_path / "p.ndjson"
    line = '{{"resourceType": "Patient", "id": "p{}", "language": "{:060}"}}\n'
    file.write_text("".join(line.format(n, n) for n in range(2_000)))
    words = ["ingest", str(file), "--site", "east", "--source", "ehr"]
    words += ["--store", str(tmp_path / "store")]

    def run(before=None):
        given = [sys.executable, "-c", RUN, *words]
        return subprocess.run(given, capture_output=True, text=True, check=False, preexec_fn=before)

    refused = run(held_small)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "make room and run it again" in refused.stderr
    assert "cannot be read" not in refused.stderr
    assert "2,000 new" in run().stdout
