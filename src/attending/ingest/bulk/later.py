"""Whether a server says "later", and when it wants to be asked again.

A server that is asked too often, or at a bad moment, answers 429 or 503. One whose look at an
export failed, while the export did not, answers an error with a code of what passes.

References: RFC 9110, 10.2.3 (Retry-After); FHIR Bulk Data 3.0, status request, error;
FHIR R4 value set issue-type, below `transient`
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from attending.ingest.bulk.asking import Answer

BUSY = (429, 503)
AN_ERROR = 400  # and above
# `exception`, `no-store` and `incomplete` stand below `transient` too, but servers say them of
# exports that failed for good, which would be waited for in vain.
PASSES = frozenset({"transient", "throttled", "timeout", "lock-error"})
LONGEST_WAIT = 600.0  # seconds between two looks, whatever is asked for


def is_later(answer: Answer) -> bool:
    """Tell whether an answer is none yet, and the same may be asked again."""
    if answer.status in BUSY:
        return True
    return answer.status >= AN_ERROR and bool(PASSES & {*codes(answer.body)})


def seconds_asked(said: str, now: datetime) -> float:
    """Read Retry-After, in seconds or as a date; no longer than the bound, and 0 where it is none.

    >>> seconds_asked("7", datetime(2026, 1, 1, tzinfo=UTC))
    7.0
    >>> seconds_asked("Thu, 01 Jan 2026 00:00:09 GMT", datetime(2026, 1, 1, tzinfo=UTC))
    9.0
    """
    if said.isdecimal():
        return min(float(said), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return 0.0
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((aware - now).total_seconds(), 0.0), LONGEST_WAIT)


def codes(body: bytes) -> list[str]:
    """Give the codes of an OperationOutcome, and nothing else of it; none where it is none."""
    try:
        issues = msgspec.json.decode(body)["issue"]
        return sorted({str(each["code"])[:40] for each in issues})
    except (msgspec.MsgspecError, KeyError, TypeError):
        return []
