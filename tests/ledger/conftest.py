"""What every ledger test needs: facts that name nobody, and a store of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import psycopg
import pytest

from attending.facts.fact import By, Fact
from attending.ledger.open_ledger import open_ledger
from attending.ledger.read import Reader
from attending.ledger.salt import derived_salt
from attending.ledger.write import Pen

if TYPE_CHECKING:
    from pathlib import Path

MakeFact = Callable[..., Fact]


def _fact(number: int, *, kind: str = "served", **body: object) -> Fact:
    return Fact(
        kind=kind,  # type: ignore[arg-type]
        key=f"test/{number}/{kind}",
        at="2026-10-13T08:00:00.000Z",
        by=By("gateway", via="gateway"),
        use_case="aki_alert" if number % 3 else "sepsis_alert",
        site="elm",
        body={"type": "prediction/1", "number": number, **body},
    )


@pytest.fixture(scope="session")
def make_fact() -> MakeFact:
    """Make a fact from a number; the same number makes the same fact."""
    return _fact


@pytest.fixture
def postgres_dsn(postgres_server: str, tmp_path: Path) -> Iterator[str]:
    """Give one test a schema of its own."""
    schema = f"ledger_{abs(hash(tmp_path)):x}"
    with psycopg.connect(postgres_server, autocommit=True) as database:
        database.execute(f"CREATE SCHEMA {schema}")
        yield f"{postgres_server} options='-c search_path={schema}'"
        database.execute(f"DROP SCHEMA {schema} CASCADE")


OpenAgain = Callable[..., tuple[Reader, Pen]]


@pytest.fixture(params=["sqlite", "postgres"])
def dsn(request: pytest.FixtureRequest) -> str | None:
    """Give each store in turn: no connection string means the embedded one."""
    if request.param == "sqlite":
        return None
    found: str = request.getfixturevalue("postgres_dsn")
    return found


@pytest.fixture
def open_again(tmp_path: Path, dsn: str | None) -> Iterator[OpenAgain]:
    """Open the same ledger as often as a test likes, over each store."""
    opened: list[tuple[Reader, Pen]] = []

    def again(**options: object) -> tuple[Reader, Pen]:
        salted = {"salt": derived_salt(b"test"), "checkpoint_every": float("inf"), **options}
        opened.append(open_ledger(tmp_path / "ledger", dsn=dsn, **salted))  # type: ignore[arg-type]
        return opened[-1]

    yield again
    for reader, pen in opened:
        reader.close()
        pen._drop()
