"""Incidents as an auditor reads them: every fact about each, and the steps that were skipped.

A fold of its own, which takes the facts as they were written and says where one does not
follow from those before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from attending import shapes
from attending.facts.incident import Clock, FoundBy, stops
from attending.report.evidence import happened

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from attending.facts.entry import Entry

Body = dict[str, Any]


@dataclass
class Told:
    """One incident, and the facts it is told from.

    Attributes
    ----------
    opened, facts
        The fact that opened it, and every other about it.
    state, causes, clocks
        As they stand.
    actions
        Corrective actions by number: what was said, and the facts that say it.
    uncarried, waits
        Orders that no receipt answers; gateways that have not read back, with the number.
    severity
        How bad it is, as it was last said.
    contained_at, stopped_at, fixed_at
        When; none before.
    skipped
        Facts that do not follow from those before them, and why.

    """

    opened: Entry
    facts: list[Entry] = field(default_factory=list)
    state: str = "open"
    severity: int = 0
    causes: list[str] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    actions: dict[int, tuple[Body, set[int]]] = field(default_factory=dict)
    uncarried: set[str] = field(default_factory=set)
    waits: dict[str, int] = field(default_factory=dict)
    contained_at: datetime | None = None
    stopped_at: datetime | None = None
    fixed_at: datetime | None = None
    skipped: list[tuple[Entry, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Give its name."""
        return str(self.opened.fact.body["incident"])

    @property
    def sites(self) -> tuple[str, ...]:
        """Give where it was."""
        return shapes.convert(self.opened.fact.body["sites"], tuple[str, ...])

    @property
    def found_by(self) -> str:
        """Say who found it."""
        return shapes.convert(self.opened.fact.body["found_by"], FoundBy).told

    @property
    def days_to_fix(self) -> float | None:
        """Give the days from its report to its fix; None before."""
        if self.fixed_at is None:
            return None
        return round((self.fixed_at - happened(self.opened)).total_seconds() / 86_400, 3)

    @property
    def cites(self) -> tuple[int, ...]:
        """Give every fact it is told from."""
        return tuple(sorted({self.opened.index, *(e.index for e in self.facts)}))

    def cites_of(self, clock: Clock) -> tuple[int, ...]:
        """Give the facts about one clock."""
        about = [e.index for e in self.facts if _is_about(e, clock.rule)]
        return (self.opened.index, *about)

    def as_opened(self, clock: Clock) -> Clock:
        """Give a clock as it was when it began."""
        began = [e for e in self.facts if e.fact.type == "severity/1"]
        found = (c for e in (self.opened, *began) for c in _clocks(e))
        return next(c for c in found if c.rule == clock.rule)

    def affected(self, answers: Iterable[Entry]) -> list[Entry]:
        """Give the answers it may have touched, up to its containment."""
        asked: Body = shapes.convert(self.opened.fact.body["affected"], Body)
        releases = {*asked["releases"]} or None
        until = self.stopped_at or self.contained_at
        return [
            e
            for e in answers
            if e.fact.use_case == self.opened.fact.use_case
            and e.fact.site in asked["sites"]
            and (releases is None or e.fact.release in releases)
            and e.fact.body.get("display") in asked["displays"]
            and e.fact.at[:10] >= asked["from_on"]
            and (until is None or happened(e) <= until)
        ]


@dataclass
class _Fold:
    found: dict[str, Told] = field(default_factory=dict)
    stopped: dict[str, Entry] = field(default_factory=dict)  # receipts by plan
    backs: dict[str, Entry] = field(default_factory=dict)  # the last of each gateway
    shown: dict[tuple[str, str], int] = field(default_factory=dict)  # conditions met, and where
    shows: dict[tuple[str, str], int] = field(default_factory=dict)  # show conditions set

    def take(self, entry: Entry) -> None:
        kind, body = entry.fact.type, entry.fact.body
        if kind == "incident/1":
            self._opened(entry)
        elif kind == "receipt/1":
            self._receipt(entry)
        elif kind in ("read_back/1", "confirmed/1"):
            self._read_back(entry)
        elif kind in ("decision/1", "decided/1"):
            self._conditions(entry)
        elif kind in STEPS:
            told = self.found.get(str(body["incident"]))
            if told is not None:
                told.facts.append(entry)
                if kind == "severity/1" and told.state != "closed":
                    because = _regrade(told, entry)
                else:
                    because = self._step(told, entry, kind)
                if because:
                    told.skipped.append((entry, because))

    def _opened(self, entry: Entry) -> None:
        name = str(entry.fact.body["incident"])
        if name in self.found:
            return
        orders = shapes.convert(entry.fact.body.get("orders", []), set[str])
        severity = int(str(entry.fact.body["severity"]))
        told = Told(entry, severity=severity, clocks=_clocks(entry), uncarried=orders)
        self.found[name] = told
        receipt = self.stopped.get(str(entry.fact.body.get("plan", "")))
        if receipt is not None:
            self._stop(told, receipt)
            for gateway, back in self.backs.items():
                if back.index > receipt.index:
                    _confirm(told, gateway, back)

    def _receipt(self, entry: Entry) -> None:
        body = entry.fact.body
        self.stopped[str(body["plan"])] = entry
        for told in self.found.values():
            if str(body.get("answers", "")) in told.uncarried:
                told.uncarried.discard(str(body["answers"]))
                self._stop(told, entry)

    def _stop(self, told: Told, receipt: Entry) -> None:
        body = receipt.fact.body
        told.facts.append(receipt)
        late = shapes.convert(body.get("not_confirmed", []), list[str])
        told.waits |= dict.fromkeys(late, int(str(body["seq"])))
        if not told.waits:
            told.stopped_at = happened(receipt)

    def _read_back(self, entry: Entry) -> None:
        gateway = str(entry.fact.body["gateway"])
        if not entry.fact.body.get("not_loaded"):
            self.backs[gateway] = entry
            for told in self.found.values():
                _confirm(told, gateway, entry)

    def _conditions(self, entry: Entry) -> None:
        use_case = entry.fact.use_case or ""
        for each in shapes.convert(entry.fact.body.get("conditions", []), list[Body]):
            key = (use_case, str(each["id"]))
            if entry.fact.type == "decision/1" and "show" in each["form"]:
                self.shows.setdefault(key, entry.index)
            elif each.get("state") == "met":
                self.shown.setdefault(key, entry.index)

    def _step(self, told: Told, entry: Entry, kind: str) -> str:
        """Take a step in; say why it does not follow, if it does not."""
        body: Body = entry.fact.body
        if kind == "clock/1":
            told.clocks = [_after(c, body) if c.rule == body["rule"] else c for c in told.clocks]
        elif told.state == "closed":
            return "it was written after the incident was closed"
        elif kind == "contained/1":
            if told.waits or told.uncarried or told.state != "open":
                return "it could not be contained then"
            told.state, told.contained_at = "contained", happened(entry)
        elif kind == "causes/1":
            told.causes += [c for c in body["causes"] if c not in told.causes]
        elif kind in ("corrective/1", "corrected/1"):
            return self._action(told, entry, kind)
        elif kind == "checked/1":
            if not self._is_shown(told):
                return "nothing had shown that its corrections work"
            told.state = "checked"
        elif told.state != "checked":
            return "it was closed without a check"
        else:
            told.state = "closed"
        return ""

    def _action(self, told: Told, entry: Entry, kind: str) -> str:
        body: Body = dict(entry.fact.body)
        number = int(body["action"])
        before, cites = told.actions.get(number, ({"done": 0}, set()))
        if kind == "corrected/1":
            if not cites or told.state == "open" or before["done"]:
                return "there was no such action to be done"
            body = before | {"done": entry.index}
        else:
            body |= {"done": before["done"]}
        told.actions[number] = (body, {*cites, entry.index})
        if told.state != "open":
            is_fixed = all(a["done"] for a, _ in told.actions.values())
            told.state = "fixed" if is_fixed else "contained"
            fixed_at = happened(entry) if kind == "corrected/1" else told.fixed_at
            told.fixed_at = fixed_at if is_fixed else None
        return ""

    def _is_shown(self, told: Told) -> bool:
        use_case = told.opened.fact.use_case or ""
        for body, _ in told.actions.values():
            key = (use_case, str(body.get("check", "")))
            if self.shows.get(key, -1) < told.opened.index:
                return False
            if self.shown.get(key, -1) < body["done"]:
                return False
        return told.state in ("fixed", "checked")


STEPS = (
    "contained/1",
    "causes/1",
    "corrective/1",
    "corrected/1",
    "checked/1",
    "closed/1",
    "clock/1",
    "severity/1",
)


def incidents(entries: Iterable[Entry]) -> list[Told]:
    """Give every incident, in the order they were opened."""
    fold = _Fold()
    for entry in entries:
        fold.take(entry)
    return list(fold.found.values())


def _confirm(told: Told, gateway: str, back: Entry) -> None:
    if int(str(back.fact.body["seq"])) >= told.waits.get(gateway, 1 << 62):
        del told.waits[gateway]
        told.facts.append(back)
        if not told.waits and not told.uncarried:
            told.stopped_at = happened(back)


def _regrade(told: Told, entry: Entry) -> str:
    """Take another severity in; say why it does not follow, if it does not."""
    body: Body = entry.fact.body
    if body["was"] != told.severity or body["severity"] == told.severity:
        return f"it says that the severity was {body['was']}, and it was {told.severity}"
    running = {clock.rule for clock in told.clocks}
    told.clocks += [c for c in _clocks(entry) if c.rule not in running]
    told.uncarried |= {str(key) for key in body.get("orders", ())}
    told.severity = int(body["severity"])
    if stops(told.severity) and not stops(int(body["was"])):
        told.state, told.contained_at, told.stopped_at = "open", None, None
    return ""


def _is_about(entry: Entry, rule: str) -> bool:
    """Tell whether a fact is about a clock: it was told of it, or started it."""
    return entry.fact.body.get("rule") == rule or any(c.rule == rule for c in _clocks(entry))


def _clocks(entry: Entry) -> list[Clock]:
    return shapes.convert(entry.fact.body.get("clocks", []), list[Clock])


def _after(clock: Clock, body: Body) -> Clock:
    """Take in what was said of a clock."""
    on, stands = str(body["on"]), any(b is None for _, b in clock.paused)
    goes = tuple((a, max(a, on) if b is None else b) for a, b in clock.paused)
    if body["event"] == "paused":
        if stands or clock.met_at is not None:
            return clock
        return msgspec.structs.replace(clock, paused=(*clock.paused, (on, None)))
    met_at = clock.met_at or (on if body["event"] == "met" else None)
    if body["event"] == "met" and clock.met_at is not None:
        return clock
    return msgspec.structs.replace(clock, paused=goes, met_at=met_at)
