"""Steps: what people do about an incident becomes facts, and no step is skipped.

What is refused is asked of `decide/incident`, when a step is written and again whenever the
ledger is folded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from attending.clock import stamp
from attending.errors import GateNotMet, NoSuchName, Refused
from attending.facts.fact import By, Fact
from attending.loops.incident import CAUSES
from attending.loops.sealing import sealed_if_any
from attending.loops.widen import catch_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attending.decide.incident import Held, Step
    from attending.facts.fact import Via
    from attending.loops.parts import Folded, Hands


@dataclass(frozen=True)
class Taken:
    """An incident in somebody's hands: which, who, and through which door."""

    hands: Hands
    folded: Folded
    incident: str
    person: str
    via: Via = "cli"

    def held(self) -> Held:
        """Give the incident as it stands.

        Raises
        ------
        NoSuchName
            There is none of this name.

        """
        catch_up(self.hands, self.folded)
        there = self.folded.incidents.incidents
        if self.incident not in there:
            raise NoSuchName(self.incident, f"the incidents of {self.hands.use_case}", there)
        return there[self.incident]


def step(
    case: Taken, taken: Step, said: Mapping[str, object] | None = None, *, words: str = ""
) -> Held:
    """Take one step with an incident; give it as it stands then.

    Parameters
    ----------
    case
        Which incident, and who takes the step.
    taken
        Which step.
    said
        What belongs to it.
    words
        What is written with it, to be sealed.

    Raises
    ------
    GateNotMet
        The rules refuse the step now; the reason says what would be accepted.
    NoSuchName
        There is no such incident.

    """
    case.held()
    hands, folded, name = case.hands, case.folded, case.incident
    if not case.person.strip():
        raise Refused("say who does it")
    about = dict(said or {})
    refused = folded.incidents.refusal(name, taken, action=int(str(about.get("action", 0))))
    if refused is not None:
        raise GateNotMet(f"incident {name}: {refused}")
    payloads, what = sealed_if_any(words)
    kind = TYPES[taken]
    body: dict[str, object] = {"type": f"{kind}/1", "incident": name, **about}
    body |= {"what": what} if what else {}
    fact = Fact(
        kind="decided" if taken == "check" else "said",
        key=f"{hands.use_case}/{name}/{folded.next_index}/{kind}",
        at=stamp(hands.clock.now()),
        by=By(person=case.person, via=case.via),
        use_case=hands.use_case,
        body=body,
    )
    hands.pen.append([fact], payloads)
    return case.held()


EVENTS = ("met", "paused", "resumed")
TYPES: dict[Step, str] = {
    "contain": "contained",
    "cause": "causes",
    "correct": "corrective",
    "done": "corrected",
    "check": "checked",
    "close": "closed",
    "clock": "clock",
    "severity": "severity",
}


@dataclass(frozen=True)
class Correction:
    """A corrective action as somebody states it; what is empty stays as it was.

    Attributes
    ----------
    action
        Its number; 0 is a new one.
    what, owner, due
        What is done, by whom, and by which date.
    check
        The `show` condition that is to show whether it worked.

    """

    action: int = 0
    what: str = ""
    owner: str = ""
    due: str = ""
    check: str = ""


def correct(case: Taken, told: Correction) -> Held:
    """Write down a corrective action, or state one again; see `step` for what is refused.

    Raises
    ------
    Refused
        A new one lacks what, owner or due, or its date is none.
    NoSuchName
        There is no such action or no such condition.

    """
    there = case.held().actions
    before = there.get(told.action)
    if told.action and before is None:
        numbers = [str(n) for n in there]
        raise NoSuchName(str(told.action), f"the actions of incident {case.incident}", numbers)
    if before is None and not (told.what.strip() and told.owner.strip() and told.due):
        raise Refused("an action says what is done, who does it, and by which date")
    if told.due:
        _check_date(told.due)
    shown = {k for (use, k), c in case.folded.incidents.conditions.items() if c.form == "show"}
    if told.check and told.check not in shown:
        raise NoSuchName(told.check, f"the show conditions of {case.hands.use_case}", shown)
    said: dict[str, object] = {
        "action": told.action or len(there) + 1,
        "owner": told.owner or (before.told.owner if before else ""),
        "due": told.due or (before.told.due if before else ""),
        "check": told.check or (before.told.check if before else ""),
    }
    if not told.what and before is not None:
        said["what"] = before.told.what
    return step(case, "correct", said, words=told.what)


def find_causes(case: Taken, causes: Sequence[str], *, words: str = "") -> Held:
    """Write down what led to an incident.

    Raises
    ------
    NoSuchName
        A cause is none of `CAUSES`.
    Refused
        None is named.

    """
    if not causes:
        raise Refused("name a cause", accepted=CAUSES)
    for cause in causes:
        if cause not in CAUSES:
            raise NoSuchName(cause, "the causes of incidents", CAUSES)
    return step(case, "cause", {"causes": [*causes]}, words=words)


def tell_clock(case: Taken, rule: str, event: str, *, on: str = "") -> Held:
    """Say that a clock was met, is paused or goes on.

    Raises
    ------
    NoSuchName
        No clock of the incident is of this rule.
    Refused
        The moment is none.

    """
    rules = [clock.rule for clock in case.held().clocks]
    if rule not in rules:
        raise NoSuchName(rule, f"the clocks of incident {case.incident}", rules)
    if event not in EVENTS:
        raise NoSuchName(event, "what a clock can be told", EVENTS)
    at = stamp(_moment(on)) if on else stamp(case.hands.clock.now())
    return step(case, "clock", {"rule": rule, "event": event, "on": at})


def _check_date(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is no date", accepted=["2026-12-01"]) from None


def _moment(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise Refused(f"{text!r} is no moment", accepted=["2026-10-13T08:00:00Z"])
    return read
