"""What pages may do about incidents: the very code of the verbs, for whoever is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attending.cli.speaking.telling import close
from attending.decide.incident import STEPS_TAKEN
from attending.errors import NoSuchName, Refused
from attending.ledger import layout
from attending.loops.incident import Report, report
from attending.loops.incident_steps import (
    Correction,
    Taken,
    correct,
    find_causes,
    step,
    tell_clock,
)
from attending.loops.severity import regrade
from attending.loops.today import today
from attending.wiring import open_hands

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WHOLE = 6  # digits of an action's number


@dataclass(frozen=True)
class IncidentActions:
    """The verbs of incidents over one store, opened for each alone.

    Attributes
    ----------
    store
        The ledger's folder.

    """

    store: Path

    def report(self, use_case: str, told: Report) -> str:
        """Open an incident, which suspends where it is bad enough; give its name."""
        key = layout.payload_key(self.store)
        hands, folded = open_hands(self.store, use_case, payload_key=key)
        try:
            return report(hands, folded, told, today(hands, folded)).incident
        finally:
            close(hands)

    def take(
        self, use_case: str, incident: str, what: str, form: Mapping[str, str], *, person: str
    ) -> None:
        """Take one step with an incident; see `loops.incident_steps` for what is refused."""
        key = layout.payload_key(self.store)
        hands, folded = open_hands(self.store, use_case, payload_key=key)
        try:
            _take(Taken(hands, folded, incident, person, via="console"), what, form)
        finally:
            close(hands)


def _whole(text: str) -> int:
    return int(text) if len(text) == 1 and text.isascii() and text.isdigit() else 0


def _take(case: Taken, what: str, form: Mapping[str, str]) -> None:
    words = form.get("words", "").strip()
    number = form.get("action", "").strip() or "0"
    if not (number.isascii() and number.isdigit()) or len(number) > WHOLE:
        raise Refused(f"{number!r} is no action", accepted=["1"])
    if what == "cause":
        find_causes(case, [form.get("cause", "")], words=words)
    elif what == "correct":
        told = {name: form.get(name, "").strip() for name in ("owner", "due", "check")}
        correct(case, Correction(int(number), words, **told))
    elif what == "done":
        step(case, "done", {"action": int(number)})
    elif what == "clock":
        tell_clock(case, form.get("rule", ""), form.get("event", "met"))
    elif what == "contain":
        step(case, "contain", words=words)
    elif what == "check":
        step(case, "check")
    elif what == "severity":
        regrade(case, _whole(form.get("severity", "")), why=words)
    elif what == "close":
        step(case, "close")
    else:
        raise NoSuchName(what, "the steps of an incident", STEPS_TAKEN)
