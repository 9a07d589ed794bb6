"""Setback: reading a file failed, by more than what stands in it; it is tried again later.

What stands in a file and cannot be read refuses it for good: the same bytes say the same. A disk
that fails, memory that ran out, or a fault of a reader may be over soon, or with the next release,
so that no fact is written of it: it is told while it lasts.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog

from attending.errors import Refused, raised_at
from attending.ingest.source import Changed
from attending.loops.parts import Setback

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from attending.loops.parts import Drops

AGAIN_AFTER = timedelta(minutes=10)  # a gibibyte takes minutes to read, and a turn is a second
FAILED = "reading it failed ({}); it is tried again when it changes, at each start and now and then"
_log = structlog.get_logger("attending.drops")
_T = TypeVar("_T")


class Unread(Exception):  # noqa: N818  (named for what happened; its message says what failed)
    """Reading a file failed, and that is not known to be the file's fault."""


@contextmanager
def reading() -> Iterator[None]:
    """Tell whatever fails inside from what stands in a file; no value of the file is told.

    Raises
    ------
    Refused
        What stands in the file cannot be read.
    Changed
        It is another file now.
    Unread
        Anything else.

    """
    try:
        yield
    except Changed:
        raise
    except Refused as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise Changed from error  # somebody took it away
        if isinstance(error.__cause__, OSError) and error.__cause__.errno:
            raise Unread(_words(error.__cause__)) from error
        raise
    except Exception as error:
        raise Unread(_words(error)) from error


def again(read: Iterable[_T]) -> Iterator[_T]:
    """Give what is read of a file that was read through once: it can be refused no more."""
    left = iter(read)
    while True:
        try:
            with reading():
                each = next(left, None)
        except Refused as error:
            raise Unread(_words(error)) from error
        if each is None:
            return
        yield each


def set_back(drops: Drops, path: Path, failed: Unread, now: datetime) -> None:
    """Remember that reading a file failed, and when."""
    stamp, _ = drops.files[path]
    drops.failed[path] = Setback(stamp, FAILED.format(failed), now)
    error = failed.__cause__ or failed
    _log.error("file_not_read", because=str(failed), at=raised_at(error))


def must_rest(drops: Drops, path: Path, now: datetime) -> bool:
    """Tell whether reading a file failed lately, and nobody touched it since; say so if it is."""
    setback = drops.failed.pop(path, None)
    if setback is None or setback.stamp != drops.files[path][0]:
        return False
    if not timedelta(0) <= now - setback.at < AGAIN_AFTER:
        return False
    drops.failed[path] = setback
    drops.refused[path] = setback.because
    return True


def _words(error: BaseException) -> str:
    """Say what failed in the system's words, or its kind: its own words may quote a value."""
    if isinstance(error, OSError) and error.strerror and error.errno:
        return error.strerror
    return type(error).__name__
