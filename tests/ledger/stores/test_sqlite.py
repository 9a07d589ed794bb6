"""What is SQLite's alone; what every store promises is in test_conformance."""

from __future__ import annotations

import pytest

from attending import rooms
from attending.errors import NotDurable, Refused
from attending.ledger import stores
from attending.ledger.stores.postgres import SQL as POSTGRES
from attending.ledger.stores.sqlite import SQL, SqliteConnection, sqlite


def test_the_room_gives_the_store_by_its_name() -> None:
    assert rooms.names(stores) == ("postgres", "sqlite")
    assert rooms.fetch(stores, "sqlite") is sqlite


def test_both_stores_say_the_same_things() -> None:
    assert list(SQL) == list(POSTGRES)


@pytest.mark.parametrize(
    ("asked", "weaker"),
    [
        ("synchronous = FULL", "synchronous = NORMAL"),
        ("journal_mode = WAL", "journal_mode = DELETE"),
        ("secure_delete = ON", "secure_delete = OFF"),
    ],
)
def test_anything_weaker_than_asked_for_is_refused(tmp_path, asked, weaker) -> None:
    assert asked in SQL["settings"]

    class Weak(SqliteConnection):
        def execute(self, sql, values=()):
            return super().execute(sql.replace(asked, weaker), values)

    store = sqlite(str(tmp_path / "other.db"))
    store._connection = Weak(str(tmp_path / "ledger.db"))
    with pytest.raises(NotDurable, match="before it is on disk"):
        store.prepare()


def test_a_second_writer_waits_for_the_first_and_readers_do_not(tmp_path) -> None:
    one = sqlite(str(tmp_path / "ledger.db"))
    other = SqliteConnection((tmp_path / "ledger.db").as_uri())
    other.execute("PRAGMA busy_timeout = 10")
    reader = sqlite(str(tmp_path / "ledger.db"), writing=False)
    one.begin()

    assert reader.tip() == (0, b"")
    with pytest.raises(Exception, match="locked"):
        other.begin()
    one.commit()
    other.begin()


def test_a_reader_cannot_write(tmp_path) -> None:
    sqlite(str(tmp_path / "ledger.db")).close()
    reader = sqlite(str(tmp_path / "ledger.db"), writing=False)

    with pytest.raises(Exception, match="readonly"):
        reader.erase([0], erased_by=1)


def test_there_is_nothing_to_read_where_there_is_no_ledger(tmp_path) -> None:
    with pytest.raises(Refused, match="no ledger"):
        sqlite(str(tmp_path / "ledger.db"), writing=False)
