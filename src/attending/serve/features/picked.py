"""Which of several elements a path means: one by its place, the last, or the latest."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from attending.fhir.boundary import time_of

if TYPE_CHECKING:
    from datetime import datetime

MOMENTS = ("effectiveDateTime", "issued", "authoredOn", "date")


def picked(found: list[object], pick: int | str) -> list[object]:
    """Keep the element at a place, the last, or whatever is latest; a tie keeps several."""
    if isinstance(pick, int):
        return found[pick : pick + 1]
    if pick == "last" or len(found) <= 1:
        return found[-1:]
    timed = [(moment, each) for each in found if (moment := _moment(each)) is not None]
    if not timed:
        return []
    latest = max(moment for moment, _ in timed)
    return [each for moment, each in timed if moment == latest]


def _moment(value: object) -> datetime | None:
    if not isinstance(value, dict):
        return None
    period = value.get("effectivePeriod")
    texts = [value.get(name) for name in MOMENTS]
    texts.append(period.get("end") if isinstance(period, dict) else None)
    for text in texts:
        if isinstance(text, str):
            try:
                moment = time_of(text)
            except ValueError:
                continue
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
