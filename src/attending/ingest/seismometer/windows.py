"""Which event belongs to which prediction: the rule of Seismometer's windows, over plain rows.

An event's time less its offset is the end of its window; a prediction belongs to the event if it
was made in the window, and, without a window, whenever the strategy says so. Of several events
the strategy gives one: ``forward`` the first at or after the prediction, ``nearest``, ``first``
and ``last``. A prediction without an event is 0, which is how the directory is meant: what did
not happen has no row. An event whose value is empty is what the configuration puts in, and not
known where it puts in nothing, as is one whose value breaks the dictionary. Where no event of a
kind has a time, the first counts; where others have one, an event without is in no window that
anybody knows, and a prediction that only such an event could belong to is not known.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.ingest.seismometer.configuration import Event

NO_EVENT = "0"


class Happened(NamedTuple):
    """One event: when, where that is known, and its value as text; None where it is no value."""

    at: datetime | None
    value: str | None


def moment(cell: str, where: str) -> datetime | None:
    """Read a time; None where the cell is empty.

    Raises
    ------
    Refused
        It is no ISO 8601 time.

    """
    if not cell:
        return None
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        raise Refused("an ISO time is wanted in this column", where=where) from None


def outcome_of(
    event: Event, asked_at: datetime, there: Sequence[Happened], *, timeless: bool = False
) -> tuple[str, str]:
    """Give the value and the time of the event that belongs to one prediction.

    Parameters
    ----------
    event
        Its declaration.
    asked_at
        When the prediction was made.
    there
        The events of this kind, of the prediction's keys, as they stand in the file.
    timeless
        Whether no event of this kind has a time, whomever it is about.

    """
    timed = sorted((each for each in there if each.at is not None), key=_time)
    if timeless and there:
        return _value(event, there[0]), ""
    chosen = _chosen(event, asked_at, timed) if timed else None
    if chosen is None or (event.window_hr and not _in_window(event, asked_at, _time(chosen))):
        return (NO_EVENT if len(timed) == len(there) else ""), ""
    return _value(event, chosen), _time(chosen).isoformat()


def _chosen(event: Event, asked_at: datetime, timed: Sequence[Happened]) -> Happened | None:
    match event.merge_strategy:
        case "forward":
            return next((each for each in timed if _time(each) >= asked_at), None)
        case "first":
            return timed[0]
        case "last":
            return timed[-1]
    return min(timed, key=lambda each: abs(_time(each) - asked_at))


def _in_window(event: Event, asked_at: datetime, happened_at: datetime) -> bool:
    end = happened_at - timedelta(hours=event.offset_hr)
    return end - timedelta(hours=event.window_hr or 0) <= asked_at <= end


def _value(event: Event, happened: Happened) -> str:
    if happened.value != "" or event.impute_val is None:
        return happened.value or ""
    value = event.impute_val
    return f"{value:g}" if isinstance(value, float) else str(value)


def _time(happened: Happened) -> datetime:
    if happened.at is None:
        raise Refused("an event without a time is in no window")
    return happened.at
