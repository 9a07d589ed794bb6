"""The end of what a load that was cut off left on the disk.

A load writes its files first and makes them part of a table afterwards. One that is killed, or
finds the disk full, leaves files that no table names, with what they hold of patients. Whoever
writes next removes them, once they are a day old: `lake/swept` says that nothing is left, or when
to look. It is taken away before anything is written and put back after, so that it is not there
exactly where a write was cut off, or where nobody has looked yet.
"""

from __future__ import annotations

import logging
import math
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attending.errors import raised_at
from attending.lake.durable import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attending.lake.clinical.iceberg import Iceberg

# Writers hold the lake's lock, but raw files are kept without it, and not every disk that is
# shared keeps locks: a day is longer than any load, and every write to a file begins it anew.
AGE = 86_400.0  # seconds
SWEPT = "swept"
WRITTEN = (".parquet", ".avro", ".json")
BESIDE = re.compile(r"\.[a-z0-9_]{8}")  # as `RawFiles` writes a file before it has its name
_log = logging.getLogger("attending.lake")  # to stderr, whatever command writes


@contextmanager
def tidied(folder: Path, tables: Iceberg) -> Iterator[None]:
    """Remove what was left, where it is due, and note whether this write came to its end.

    Parameters
    ----------
    folder
        The lake's, whose lock is held.
    tables
        The tables in it.

    """
    noted = folder / SWEPT
    due = _noted(noted)
    if noted.exists():
        noted.unlink()
        sync_folder(folder)
    try:
        due = _sweep(folder, tables, due)
    except Exception as error:  # noqa: BLE001  what tidies up keeps nobody from writing
        _log.warning("not_tidied: %s at %s", type(error).__name__, raised_at(error))
        due = 0.0
    yield
    noted.write_text(repr(due), "utf-8")


def _noted(noted: Path) -> float:
    """Give when to look, in seconds since 1970: never where all is well, at once if not said."""
    try:
        return float(noted.read_text("utf-8"))
    except (OSError, ValueError):
        return 0.0


def _sweep(folder: Path, tables: Iceberg, due: float) -> float:
    """Remove what is old enough; give when to look at what is not."""
    now = time.time()
    raw = folder / "raw"
    for path in raw.iterdir() if raw.is_dir() else ():
        if BESIDE.fullmatch(path.name) and path.is_file():
            _remove(path, now)
    if due > now:
        return due
    named = tables.named()
    lying = (path for path in tables.folder.rglob("*") if path.suffix in WRITTEN)
    left = [path for path in lying if path not in named and path.is_file()]
    return now + AGE if [path for path in left if not _remove(path, now)] else math.inf


def _remove(path: Path, now: float) -> bool:
    """Remove a file that nothing names, if nobody has written to it for a day; tell whether."""
    is_old = path.stat().st_mtime + AGE <= now
    if is_old:
        path.unlink()
    return is_old
