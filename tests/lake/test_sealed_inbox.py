"""Messages in a sealed store come back as they came, and nothing of them can be read on disk."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from time import sleep

import msgspec
import pytest

from attending.errors import NotDurable, ProofFailed, Refused
from attending.lake import at_rest, inbox_rows
from attending.lake.at_rest import seal_lake
from attending.lake.inbox import Arrived, inbox_file, open_inbox
from attending.lake.seal_store import how_it_lies, seal_store

CANARY = b"canary-5f0a"


def arrived(n, content=b"", **other):
    """Give a message whose every field from outside holds the canary."""
    text = CANARY.decode()
    given = {"source": "lab", "site": "elm", "application": text, "facility": text,
             "control": f"{text}-{n}", "kind": "ORU^R01", "received_at": "2026-10-13T08:00:00.000Z",
             "raw": b"MSH|%d|%s|%s" % (n, CANARY, content)}  # fmt: skip
    return Arrived(**(given | other))


def keep(store, *messages):
    with closing(open_inbox(store)) as inbox:
        return [(kept.n, kept.outcome, kept.parked) for kept in inbox.keep(messages)]


def kept(store):
    with closing(open_inbox(store)) as inbox:
        return list(inbox.messages("lab")), inbox.counted("lab")


def in_the_clear(store):
    return [p.name for p in (store / "wire").iterdir() if CANARY in p.read_bytes()]


def sends(store):
    """Send what is new, what was sent, and other content under an id that was used."""
    told = keep(store, *(arrived(n, bytes(range(256)) * n) for n in range(300)))
    told += keep(store, arrived(7, bytes(range(256)) * 7), arrived(8, b"other"), arrived(300))
    broken = arrived(301, kind=f"{CANARY.decode()}^QUILL", parked="no_message_type")
    return told + keep(store, broken)


def without_the_odd_kind(found):
    messages, counted = found
    return messages, sorted((c.state, c.reason, c.n) for c in counted)


def test_a_sealed_inbox_answers_as_any_other_and_nothing_in_it_can_be_read(tmp_path, key):
    (tmp_path / "plain").mkdir()
    (tmp_path / "sealed").mkdir()
    seal_store(tmp_path / "sealed", key("one"))
    assert sends(tmp_path / "sealed") == sends(tmp_path / "plain")
    sealed, plain = kept(tmp_path / "sealed"), kept(tmp_path / "plain")
    assert without_the_odd_kind(sealed) == without_the_odd_kind(plain)
    assert len(sealed[0]) == 303
    with closing(open_inbox(tmp_path / "sealed")) as inbox:
        inbox.keep([arrived(999)])
        assert in_the_clear(tmp_path / "sealed") == [], "not while it is open, either"
    assert in_the_clear(tmp_path / "plain") == ["messages.db"]


def test_an_inbox_is_sealed_as_it_stands_and_its_key_changed_with_nothing_lost(tmp_path, key):
    sends(tmp_path)
    before = without_the_odd_kind(kept(tmp_path))
    for name in ("one", "two"):
        with closing(open_inbox(tmp_path)) as listening:  # a listener that nobody ended
            listening.keep([arrived(0)])
            assert seal_store(tmp_path, key(name)).messages == 303
            assert [each.outcome for each in listening.keep([arrived(0)])] == ["again"]
            assert in_the_clear(tmp_path) == []
        assert without_the_odd_kind(kept(tmp_path)) == before
    key("one").unlink()
    assert keep(tmp_path, arrived(5, bytes(range(256)) * 5), arrived(8, b"third")) == [
        (6, "again", ""),
        (304, "reused", "control_id_reused"),
    ]
    assert seal_store(tmp_path, key("two")).messages == 0
    assert {each.clear for each in how_it_lies(tmp_path)} == {0}


def test_a_store_sealed_by_an_earlier_release_goes_on_and_is_sealed_whole_when_asked(tmp_path, key):
    sends(tmp_path)
    seal_lake(tmp_path / "lake", key("one"))
    declared = tmp_path / "lake" / at_rest.DECLARED
    told = msgspec.json.decode(declared.read_bytes())
    declared.write_bytes(msgspec.json.encode({k: told[k] for k in ("key", "older", "whole")}))

    assert keep(tmp_path, arrived(300), arrived(400))[0][1] == "again"
    assert len(kept(tmp_path)[0]) == 304
    assert {each.place: each.clear for each in how_it_lies(tmp_path)}["wire"] == 303
    assert seal_store(tmp_path, key("one")).messages == 303
    assert in_the_clear(tmp_path) == []


@pytest.mark.parametrize("breaks", ["VACUUM", "PRAGMA user_version = 1"])
def test_sealing_that_breaks_off_anywhere_loses_nothing_and_goes_on(
    tmp_path, key, monkeypatch, breaks
):
    sends(tmp_path)
    before = without_the_odd_kind(kept(tmp_path))
    monkeypatch.setattr(inbox_rows, "AT_ONCE", 50)

    class Cut:
        """A connection whose disk goes away at the third such statement."""

        def __init__(self, below):
            self.below, self.left = below, 3 if "version" in breaks else 1

        def __getattr__(self, name):
            return getattr(self.below, name)

        def execute(self, sql, values=()):
            self.left -= sql == breaks
            if not self.left and sql == breaks:
                raise sqlite3.OperationalError("disk I/O error")
            return self.below.execute(sql, values)

    seal_lake(tmp_path / "lake", key("one"))
    with closing(open_inbox(tmp_path)) as inbox:
        inbox._connection = Cut(inbox._connection)
        with pytest.raises(sqlite3.OperationalError):
            inbox.seal()
    assert keep(tmp_path, arrived(300))[0][1] == "again"
    seal_store(tmp_path, key("one"))
    assert in_the_clear(tmp_path) == []
    assert without_the_odd_kind(kept(tmp_path)) == before


def test_without_its_key_nothing_is_acknowledged(tmp_path, key):
    seal_store(tmp_path, key("one"))
    with closing(open_inbox(tmp_path)) as inbox:
        inbox.keep([arrived(1)])
        key("one").unlink()
        at_rest._known.cache_clear()  # as in another process, which has not read the key
        with pytest.raises(NotDurable):
            inbox.keep([arrived(2)])
        with pytest.raises(Refused, match="key cannot be read"):
            open_inbox(tmp_path)


def test_what_a_killed_query_left_in_the_clear_is_gone_once_a_store_is_sealed(tmp_path, key):
    left = tmp_path / "lake" / "spilled" / "duckdb_temp_1_0_storage_S32K-0.tmp"
    left.parent.mkdir(parents=True)
    left.write_bytes(CANARY)
    seal_store(tmp_path, key("one"))
    assert not left.exists()


def test_a_message_put_in_place_of_a_sealed_one_is_not_given(tmp_path, key):
    seal_store(tmp_path, key("one"))
    keep(tmp_path, arrived(1))
    with closing(sqlite3.connect(inbox_file(tmp_path))) as database, database:
        database.execute("UPDATE message SET raw = ?", (b"MSH|another",))
    with pytest.raises(ProofFailed, match="not sealed"):
        kept(tmp_path)


RUN = """
import sys
from pathlib import Path
from attending.lake.seal_store import seal_store
seal_store(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_a_listener_goes_on_while_another_process_seals_its_store(tmp_path, key):
    with closing(open_inbox(tmp_path)) as inbox:
        inbox.keep([arrived(n, bytes(2000)) for n in range(500)])
        sealing = subprocess.Popen([sys.executable, "-c", RUN, tmp_path, key("one")])
        n = 500
        while sealing.poll() is None and n < 20_000:
            inbox.keep([arrived(n)])
            n += 1
            sleep(0.005)  # no sender keeps the file for itself alone
        assert sealing.wait(60) == 0
        inbox.keep([arrived(n)])
    assert [one.n for one in kept(tmp_path)[0]] == list(range(1, n + 2))
    assert in_the_clear(tmp_path) == []
