"""Open a ledger to read it; nothing here can write."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from attending import rooms
from attending.ledger import layout, stores
from attending.ledger.read import Reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attending.ledger.store import Store


def open_store(directory: Path, *, dsn: str | None = None, writing: bool = False) -> Store:
    """Open the store that a folder, or a connection string, names."""
    name = "sqlite" if dsn is None else "postgres"
    opened = cast("Callable[..., Store]", rooms.fetch(stores, name))
    return opened(dsn or str(layout.database(directory)), writing=writing)


def open_reader(directory: Path, *, dsn: str | None = None) -> Reader:
    """Open the ledger in a folder for reading."""
    return Reader(open_store(directory, dsn=dsn))
