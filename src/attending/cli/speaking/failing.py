"""What the machine refuses, in one sentence: no room on a disk, no permission, a disk that fails.

A library may say so in its own words, with the system's error beneath or without it; every error
that led to another is looked at. What is none of these is a fault of ours, and keeps its trace.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

MAKE_ROOM = "make room and run it again: what is on record stays, and it goes on from there"
MAY = "let this user in, or name another place"
WORDS = {
    errno.ENOSPC: ("the disk that this writes to is full", MAKE_ROOM),
    errno.EDQUOT: ("this user's share of the disk is used up", MAKE_ROOM),
    errno.EFBIG: ("no file may grow as large as this one would", MAKE_ROOM),
    errno.EROFS: ("what lies here can be read and not written", MAY),
    errno.EACCES: ("this user may not read or write here", MAY),
    errno.EPERM: ("this user may not read or write here", MAY),
    errno.EIO: ("the disk fails", "nothing that was not acknowledged is on record"),
    errno.EMFILE: ("too many files are open", "raise the limit (ulimit -n) and run it again"),
    errno.ENFILE: ("too many files are open", "close other programs and run it again"),
}
LIBRARIES = {"sqlite3", "sqlalchemy", "duckdb", "_duckdb", "psycopg", "pyarrow"}
SAID = {
    "database or disk is full": errno.ENOSPC,
    "no space left on device": errno.ENOSPC,
    "file too large": errno.EFBIG,
    "readonly database": errno.EROFS,
    "unable to open database file": errno.EACCES,
    "permission denied": errno.EACCES,
    "disk i/o error": errno.EIO,
}


def failing(error: BaseException) -> str:
    """Say in one sentence what the machine refused, and what to do; empty for any other error.

    Parameters
    ----------
    error
        What was raised; what it came from is looked at too.

    """
    for each in _chain(error):
        code = _code(each)
        if code in WORDS:
            what, do = WORDS[code]
            named = getattr(each, "filename", None)
            place = f"{named}: " if isinstance(named, str) else ""
            if isinstance(error, Refused):
                return f"{error}; {do}"
            return f"{place}{what}; {do}"
    return ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give an error and all that it came from; nearest first, each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        hidden = each.__suppress_context__ or isinstance(each, Refused)
        beneath = (each.__cause__, None if hidden else each.__context__)
        waiting += [found for found in beneath if found is not None]


def _code(error: BaseException) -> int:
    """Give the system's error number; 0 where there is none."""
    if isinstance(error, OSError):
        return error.errno or 0
    if type(error).__module__.partition(".")[0] not in LIBRARIES:
        return 0
    said = str(error).lower()
    return next((code for words, code in SAID.items() if words in said), 0)
