"""What is PostgreSQL's alone; what every store promises is in test_conformance."""

from __future__ import annotations

import psycopg
import pytest

from attending import rooms
from attending.errors import NotDurable
from attending.ledger import stores
from attending.ledger.open_ledger import open_ledger
from attending.ledger.stores.postgres import PostgresConnection, postgres


def test_the_room_gives_the_store_by_its_name() -> None:
    assert rooms.fetch(stores, "postgres") is postgres


def test_a_server_that_acknowledges_early_is_refused(postgres_dsn, tmp_path) -> None:
    weak = postgres_dsn.replace("options='", "options='-c synchronous_commit=off ")

    with pytest.raises(NotDurable, match="before it is on disk"):
        open_ledger(tmp_path, dsn=weak)


def test_a_second_writer_waits_for_the_first_and_readers_do_not(postgres_dsn) -> None:
    one, reader = postgres(postgres_dsn), postgres(postgres_dsn, writing=False)
    other = PostgresConnection(postgres_dsn)
    other.execute("SET lock_timeout = '20ms'")
    one.begin()

    assert reader.tip() == (0, b"")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        other.begin()
    one.commit()
    for connection in (one, reader, other):
        connection.close()


def test_a_server_that_goes_away_is_not_durable_and_coming_back_is_enough(
    postgres_dsn, tmp_path, make_fact
) -> None:
    reader, pen = open_ledger(tmp_path, dsn=postgres_dsn)
    pen.append([make_fact(1)])
    with psycopg.connect(postgres_dsn, autocommit=True) as other:
        pid = pen._store._connection._database.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s)", [pid])

    with pytest.raises(NotDurable):
        pen.append([make_fact(2)])
    assert pen.append([make_fact(2)]).indexes == (1,)
    pen.close()
    reader.close()
