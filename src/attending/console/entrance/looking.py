"""Looking at what is about a patient: what for is asked first, and written down before it shows.

What was said holds for one thing, one session and a quarter of an hour. Searching counts as
looking. An auditor's own looking is written down whatever it is at.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from attending.clock import stamp
from attending.console.page import NotNow
from attending.facts.people import Viewed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from attending.clock import Clock
    from attending.console.page import Asked, Looked, Page
    from attending.console.parts import PeopleActions

LOOK = "look"  # the name of the form that says what for
MINUTES = 15
MOST_KEPT = 4096
PURPOSES = {
    "treatment": "treatment of this patient",
    "quality_improvement": "improving quality",
    "audit": "audit",
    "incident_review": "reviewing an incident",
    "break_glass": "break-glass: I may not, and must",
}


class Looking:
    """What sessions said they look at things for, while it holds.

    Parameters
    ----------
    clock
        The time.

    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until: dict[tuple[str, str], tuple[datetime, bool]] = {}

    def said(self, asked: Asked, where: str) -> str:
        """Give what was said at this address and still holds: ``""``, ``plain`` or ``broken``."""
        with self._lock:
            found = self._until.get((asked.session.csrf, where))
        if found is None or found[0] <= self._clock.now():
            return ""
        return "broken" if found[1] else "plain"

    def broken_until(self, asked: Asked, where: str) -> str:
        """Give up to when the rules are set aside at this address; empty where they are not."""
        with self._lock:
            until, breaks = self._until.get((asked.session.csrf, where), (None, False))
        if until is None or not breaks or until <= self._clock.now():
            return ""
        return f"{until:%H:%M} UTC"

    def say(self, asked: Asked, where: str, *, breaks: bool) -> None:
        """Remember what was said, now that it is written down."""
        now = self._clock.now()
        with self._lock:
            if len(self._until) >= MOST_KEPT:
                self._until = {k: v for k, v in self._until.items() if v[0] > now}
            until = now + timedelta(minutes=MINUTES)
            self._until[asked.session.csrf, where] = (until, breaks)


def viewed(asked: Asked, page: Page, looked: Looked, form: Mapping[str, str]) -> Viewed:
    """Make what is written down of a look at something about a patient.

    Raises
    ------
    NotNow
        No purpose was given, or none that there is.

    """
    purpose = form.get("purpose", "")
    breaks = purpose == "break_glass"
    until = asked.parts.clock.now() + timedelta(minutes=MINUTES)
    if purpose not in PURPOSES:
        raise NotNow(f"say what you look at it for: {', '.join(PURPOSES)}")
    return Viewed(
        person=asked.session.person,
        purpose=purpose,
        page=page.path,
        objects=looked.objects,
        asked=sha256(looked.asked.encode()).hexdigest() if looked.asked else "",
        break_glass=breaks,
        until=stamp(until) if breaks else "",
    )


def on_record(asked: Asked, page: Page) -> Viewed:
    """Make what is written down of an auditor's look at what is about no patient."""
    return Viewed(
        person=asked.session.person,
        purpose="on_record",
        page=page.path,
        objects=tuple(asked.path[name] for name in sorted(asked.path)),
        patient=False,
    )


def writer(asked: Asked) -> PeopleActions:
    """Give what writes a look down; what cannot be written is not shown.

    Raises
    ------
    NotNow
        This copy only reads.

    """
    if asked.parts.people is None:
        raise NotNow("this copy only reads, so it cannot write down who looked; nothing is shown")
    return asked.parts.people
