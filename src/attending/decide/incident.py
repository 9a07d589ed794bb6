"""What has become of each incident: a fold over facts, in which no step can be skipped.

An incident is *open*, then *contained*, *fixed* once every corrective action is done,
*checked* once a committee's condition has shown that it worked, and *closed*. A step that the
rules refuse changes nothing, whoever wrote it down. What is to show that an action worked is
a `show` condition that was set after the incident was opened, and was met after the action
was done: a measurement of the time before says nothing about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

from attending import shapes
from attending.decide.clock_rule import told_of
from attending.decide.severity import regraded
from attending.decide.shown import Condition, after
from attending.facts.incident import Cause, Clock, Corrective, Incident, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attending.facts.entry import Entry

CALLED_FOR = ("safety", "condition")  # what a loop suspends for by itself
SETS_A_CONDITION = (
    "a committee's approval with a `show` condition: "
    "attending meeting packet USECASE --meeting NAME --conditions FILE"
)


@dataclass(frozen=True)
class Action:
    """A corrective action, and whether it is done: the index of the fact that says so."""

    told: Corrective
    done: int | None = None


@dataclass(frozen=True)
class Held:
    """An incident, and what has become of it.

    Attributes
    ----------
    opened, index, at
        As it was opened, but for severity and orders, which are as they are now; which fact.
    severities
        What its severity was and became, and in which fact.
    contained, checked, closed, contained_at, closed_at
        Indexes of the facts that say so, None before; and when.
    causes
        What was found to have led to it.
    actions
        Corrective actions, by number.
    clocks
        Its deadlines, as they stand.
    carried
        Keys of its orders that a receipt has answered, or the plan that suspended.
    waits
        Gateways that have not read the suspension back, with the snapshot's number.
    history
        Indexes of every fact about it.

    """

    opened: Incident
    index: int
    at: str
    contained: int | None = None
    contained_at: str = ""
    causes: tuple[Cause, ...] = ()
    actions: Mapping[int, Action] = field(default_factory=dict)
    clocks: tuple[Clock, ...] = ()
    checked: int | None = None
    closed: int | None = None
    closed_at: str = ""
    carried: frozenset[str] = frozenset()
    waits: Mapping[str, int] = field(default_factory=dict)
    history: tuple[int, ...] = ()
    severities: tuple[tuple[int, int, int], ...] = ()

    @property
    def state(self) -> State:
        """Give how far it has come."""
        if self.closed is not None:
            return "closed"
        if self.contained is None:
            return "open"
        if not self.actions or any(a.done is None for a in self.actions.values()):
            return "contained"
        return "fixed" if self.checked is None else "checked"

    @property
    def is_open(self) -> bool:
        """Tell whether anything is still owed."""
        return self.closed is None

    @property
    def not_confirmed(self) -> tuple[str, ...]:
        """List the gateways that have not read its suspension back."""
        return tuple(sorted(self.waits))

    @property
    def unanswered(self) -> tuple[str, ...]:
        """List the orders to suspend that no receipt has answered."""
        return tuple(key for key in self.opened.orders if key not in self.carried)


@dataclass(frozen=True)
class Stopped:
    """A suspension that a loop carried out by itself, and who has not read it back."""

    receipt: Entry
    waits: Mapping[str, int]


Step = Literal["contain", "cause", "correct", "done", "check", "close", "clock", "severity"]
STEPS_TAKEN: tuple[Step, ...] = get_args(Step)
NEXT: Mapping[str, Step] = {"open": "contain", "fixed": "check", "checked": "close"}  # by state


@dataclass(frozen=True)
class Register:
    """Every incident there is, and what its steps depend on.

    Attributes
    ----------
    incidents
        By name.
    conditions
        By use case and id, as committees set them.
    suspended
        Suspensions that loops carried out by themselves, by plan digest.

    """

    incidents: Mapping[str, Held] = field(default_factory=dict)
    conditions: Mapping[tuple[str, str], Condition] = field(default_factory=dict)
    suspended: Mapping[str, Stopped] = field(default_factory=dict)

    def after(self, entry: Entry) -> Register:
        """Take one fact in."""
        step = STEPS.get(entry.fact.type)
        return self if step is None else step(self, entry)

    def of(self, use_case: str, *, is_open: bool | None = None) -> list[Held]:
        """Give the incidents of a use case, or of all when it is empty, worst and oldest first."""
        found = (h for h in self.incidents.values() if use_case in ("", h.opened.use_case))
        wanted = (h for h in found if is_open is None or h.is_open == is_open)
        return sorted(wanted, key=lambda h: (h.opened.severity, h.index))

    def unreported(self) -> list[Entry]:
        """Give the receipts of suspensions by loops that no incident speaks of yet."""
        told = {held.opened.plan for held in self.incidents.values()}
        return [each.receipt for plan, each in self.suspended.items() if plan not in told]

    def refusal(self, name: str, step: Step, *, action: int = 0) -> str | None:
        """Say why a step may not be taken; None where it may."""
        held = self.incidents.get(name)
        if held is None:
            return f"there is no incident {name}"
        if held.closed is not None:
            return None if step == "clock" else f"incident {name} is closed"
        if step == "contain":
            return _not_contained(held)
        if step == "done":
            return _not_done(held, action)
        if step == "close" and held.state != "checked":
            wants = self._unchecked(held) or "ask whether it worked first"
            named = any(action.told.check for action in held.actions.values())
            accepts = "" if named or SETS_A_CONDITION in wants else f" ({SETS_A_CONDITION})"
            return f"it closes once it is checked: {wants}{accepts}"
        return self._unchecked(held) if step == "check" else None

    def _unchecked(self, held: Held) -> str | None:
        if held.state not in ("fixed", "checked"):
            return f"it is {held.state}; what is not fixed cannot be shown to work"
        for number, action in sorted(held.actions.items()):
            because = self._unshown(held, action)
            if because is not None:
                return f"action {number}: {because}"
        return None

    def _unshown(self, held: Held, action: Action) -> str | None:
        """Say why an action is not shown to work; None where it is."""
        name = action.told.check
        if not name:
            return f"no condition says how it is shown to work; name one ({SETS_A_CONDITION})"
        condition = self.conditions.get((held.opened.use_case, name))
        if condition is None or condition.form != "show":
            return f"{name} is no `show` condition of {held.opened.use_case} ({SETS_A_CONDITION})"
        if condition.set_at < held.index:
            return f"condition {name} was set before the incident; a later one must show it"
        if condition.met_at is None:
            return f"condition {name} is not met"
        if action.done is None or condition.met_at < action.done:
            return f"condition {name} was met before the action was done; set one after it"
        return None

    def with_(self, held: Held, index: int) -> Register:
        """Give the register with one incident changed by a fact."""
        new = replace(held, history=(*held.history, index))
        return replace(self, incidents={**self.incidents, held.opened.incident: new})


def _not_contained(held: Held) -> str | None:
    if held.contained is not None:
        return "it is contained already"
    if held.unanswered:
        return "its suspension has not been carried out yet"
    if held.waits:
        return f"its suspension is not confirmed at {', '.join(held.not_confirmed)}"
    return None


def _not_done(held: Held, action: int) -> str | None:
    if action not in held.actions:
        return f"there is no action {action}; there are {sorted(held.actions) or 'none'}"
    if held.actions[action].done is not None:
        return f"action {action} is done already"
    return "it is not contained yet" if held.contained is None else None


def _opened(register: Register, entry: Entry) -> Register:
    opened = shapes.convert(entry.fact.body, Incident)
    if opened.incident in register.incidents:
        return register  # told twice is opened once
    held = Held(opened, entry.index, entry.fact.at, clocks=opened.clocks)
    stopped = register.suspended.get(opened.plan)
    if stopped is not None:
        held = replace(_received(held, stopped.receipt, opened.plan), waits=stopped.waits)
    return register.with_(held, entry.index)


def _contained(register: Register, entry: Entry) -> Register:
    held = _held(register, entry, "contain")
    if held is None:
        return register
    told = replace(held, contained=entry.index, contained_at=entry.fact.at)
    return register.with_(told, entry.index)


def _causes(register: Register, entry: Entry) -> Register:
    held = _held(register, entry, "cause")
    if held is None:
        return register
    found = shapes.convert(entry.fact.body["causes"], tuple[Cause, ...])
    causes = tuple(dict.fromkeys((*held.causes, *found)))
    return register.with_(replace(held, causes=causes), entry.index)


def _corrective(register: Register, entry: Entry) -> Register:
    """Take an action in, new or told again; one that is told again is shown to work anew."""
    held = _held(register, entry, "correct")
    if held is None:
        return register
    told = shapes.convert(entry.fact.body, Corrective)
    before = held.actions.get(told.action)
    action = Action(told, None if before is None else before.done)
    actions = {**held.actions, told.action: action}
    return register.with_(replace(held, actions=actions, checked=None), entry.index)


def _corrected(register: Register, entry: Entry) -> Register:
    number = int(str(entry.fact.body["action"]))
    held = _held(register, entry, "done", number)
    if held is None:
        return register
    done = replace(held.actions[number], done=entry.index)
    told = replace(held, actions={**held.actions, number: done}, checked=None)
    return register.with_(told, entry.index)


def _checked(register: Register, entry: Entry) -> Register:
    held = _held(register, entry, "check")
    if held is None:
        return register
    return register.with_(replace(held, checked=entry.index), entry.index)


def _closed(register: Register, entry: Entry) -> Register:
    held = _held(register, entry, "close")
    if held is None:
        return register
    return register.with_(replace(held, closed=entry.index, closed_at=entry.fact.at), entry.index)


def _clock(register: Register, entry: Entry) -> Register:
    held = _held(register, entry, "clock")
    if held is None:
        return register
    body, at = entry.fact.body, str(entry.fact.body["on"])
    clocks = tuple(
        told_of(clock, str(body["event"]), at) if clock.rule == body["rule"] else clock
        for clock in held.clocks
    )
    return register.with_(replace(held, clocks=clocks), entry.index)


def _severity(register: Register, entry: Entry) -> Register:
    held = _held(register, entry, "severity")
    now = None if held is None else regraded(held.opened, held.clocks, entry.fact)
    if held is None or now is None:
        return register
    then = (*held.severities, (held.opened.severity, now.opened.severity, entry.index))
    held = replace(held, opened=now.opened, clocks=now.clocks, severities=then)
    if now.reopens:
        held = replace(held, contained=None, contained_at="", checked=None)
    return register.with_(held, entry.index)


def _held(register: Register, entry: Entry, step: Step, action: int = 0) -> Held | None:
    """Give the incident a fact is about, where its step may be taken."""
    name = str(entry.fact.body["incident"])
    refused = register.refusal(name, step, action=action)
    return None if refused is not None else register.incidents.get(name)


def _receipt(register: Register, entry: Entry) -> Register:
    """Note who has and who has not read a suspension back."""
    body = entry.fact.body
    plan, answers = str(body["plan"]), str(body.get("answers", ""))
    if body["move"] == "suspend" and body["cause"] in CALLED_FOR:
        stopped = Stopped(entry, _late(entry))
        register = replace(register, suspended={**register.suspended, plan: stopped})
    changed = {}
    for name, held in register.incidents.items():
        if answers in held.opened.orders and answers not in held.carried:
            changed[name] = _received(held, entry, answers)
    if not changed:
        return register
    return replace(register, incidents={**register.incidents, **changed})


def _received(held: Held, receipt: Entry, answers: str) -> Held:
    return replace(
        held,
        carried=held.carried | {answers},
        waits={**held.waits, **_late(receipt)},
        history=(*held.history, receipt.index),
    )


def _late(receipt: Entry) -> dict[str, int]:
    """Give who had not read a snapshot back, with its number."""
    late = shapes.convert(receipt.fact.body.get("not_confirmed", []), list[str])
    return dict.fromkeys(late, int(str(receipt.fact.body["seq"])))


def _read_back(register: Register, entry: Entry) -> Register:
    body = entry.fact.body
    name, seq = str(body["gateway"]), int(str(body["seq"]))
    if body.get("not_loaded"):
        return register
    changed = {}
    for incident, held in register.incidents.items():
        if seq >= held.waits.get(name, seq + 1):
            waits, told = _less(held.waits, name), (*held.history, entry.index)
            changed[incident] = replace(held, waits=waits, history=told)
    stopped = {
        plan: replace(each, waits=_less(each.waits, name))
        for plan, each in register.suspended.items()
        if seq >= each.waits.get(name, seq + 1)
    }
    if not changed and not stopped:
        return register
    return replace(
        register,
        incidents={**register.incidents, **changed},
        suspended={**register.suspended, **stopped},
    )


def _less(waits: Mapping[str, int], name: str) -> dict[str, int]:
    return {gateway: seq for gateway, seq in waits.items() if gateway != name}


def _conditions(register: Register, entry: Entry) -> Register:
    return replace(register, conditions=after(register.conditions, entry))


STEPS: Mapping[str, Callable[[Register, Entry], Register]] = {
    "incident/1": _opened,
    "contained/1": _contained,
    "causes/1": _causes,
    "corrective/1": _corrective,
    "corrected/1": _corrected,
    "checked/1": _checked,
    "closed/1": _closed,
    "clock/1": _clock,
    "severity/1": _severity,
    "receipt/1": _receipt,
    "read_back/1": _read_back,
    "confirmed/1": _read_back,
    "decision/1": _conditions,
    "decided/1": _conditions,
}
