"""What can be refused, and what would have been accepted.

Every error a person can meet is one of these. The message says what was wrong,
and what would be accepted instead; `where` is a place a person can open.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Refused(Exception):  # noqa: N818  (named for what happened, as people say it)
    """Something was not accepted; nothing was changed.

    Parameters
    ----------
    what
        One sentence: what was wrong.
    where
        A place: ``file:line`` or a dotted path, where one is known.
    accepted
        What would have been accepted, where that can be listed.

    """

    def __init__(self, what: str, *, where: str = "", accepted: Iterable[str] = ()) -> None:
        self.what = what
        self.where = where
        self.accepted = tuple(accepted)
        super().__init__(what)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        there = f" (accepted: {', '.join(self.accepted)})" if self.accepted else ""
        return f"{place}{self.what}{there}"


class NoSuchName(Refused):
    """A name that nothing bears; the nearest one is offered, never used."""

    def __init__(self, name: str, place: str, there: Iterable[str], *, where: str = "") -> None:
        known = sorted(there)
        near = get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        self.name = name
        self.nearest = near[0] if near else None
        super().__init__(f"no {name!r} in {place}{hint}", where=where, accepted=known)


class NotCanonical(Refused):
    """A value that has no canonical bytes: NaN, an infinity, a set, a date object."""


class NotDurable(Refused):
    """A record could not be made durable, so nothing may be shown."""


class ProofFailed(Refused):
    """A proof did not hold; `index` is the first fact that cannot be vouched for."""

    def __init__(self, what: str, *, index: int | None = None, where: str = "") -> None:
        self.index = index
        super().__init__(what, where=where)


class GateNotMet(Refused):
    """A plan may not be applied now; the gate and the reason are in the message."""


class Stale(Refused):
    """The world moved since this was made: a plan, a snapshot or a packet."""


def raised_at(error: BaseException) -> str:
    """Give file and line where an error arose: for a log, where its own words could tell too much.

    Parameters
    ----------
    error
        What was raised.

    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
