"""Every hold and suspension with what ended it, folded from orders, verdicts and receipts.

A hold takes effect with its fact. A suspension takes effect when every gateway has read it
back; the gateway's own fact says when. What a loop did was triggered by the day's verdicts,
what a person did by the order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.report.evidence import happened

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from attending.facts.entry import Entry

FACTS = (
    "hold/1", "suspend/1", "resume/1", "lift/1", "receipt/1", "plan/1", "decided/1", "decision/1",
    "read_back/1", "confirmed/1",
)  # fmt: skip
ORDERS = ("hold/1", "suspend/1", "resume/1", "lift/1")
EVERYWHERE = "all"

Body = dict[str, Any]
Place = tuple[str, str]  # site, unit


@dataclass
class Stop:
    """A hold, a suspension, a lift or a resumption.

    Attributes
    ----------
    verb, use_case, scope
        Which of the four, and where.
    cause, person, because
        ``person`` or the rule that called for it; who, and why.
    trigger
        The order, or the fact with the verdicts that called for it; None where none is on
        record.
    receipt
        The fact that it was carried out; None before.
    places
        What was suspended with it, or lifted.
    values
        Of the metric that called for it: value, low, high and cases; empty for a person's.
    read_back
        Gateways that read it back, with the fact that says so.
    waiting
        Gateways that have not.
    ended
        The receipts that ended it, by place; by "" for a hold.

    """

    verb: str
    use_case: str
    scope: str
    cause: str
    person: str
    because: str
    trigger: Entry | None
    receipt: Entry | None = None
    places: tuple[Place, ...] = ()
    values: Body = field(default_factory=dict)
    read_back: dict[str, Entry] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    ended: dict[Place | str, Entry] = field(default_factory=dict)

    @property
    def first(self) -> Entry | None:
        """Give the first fact of it."""
        return self.trigger or self.receipt

    @property
    def is_out(self) -> bool:
        """Tell whether any place that was suspended with it still is."""
        return any(place not in self.ended for place in self.places)

    @property
    def end(self) -> Entry | None:
        """Give the fact with which all of it was over; None while any of it goes on."""
        wanted: list[Place | str] = [*self.places] if self.verb == "suspend" else [""]
        if not wanted or any(each not in self.ended for each in wanted):
            return None
        return max((self.ended[each] for each in wanted), key=lambda e: e.index)

    @property
    def effect(self) -> datetime | None:
        """Give the moment it had taken effect everywhere; None before."""
        if self.verb == "hold" and self.cause == "person" and self.trigger is not None:
            return happened(self.trigger)
        if self.receipt is None or self.waiting:
            return None
        backs = [happened(entry) for entry in self.read_back.values()]
        return max(backs, default=happened(self.receipt))

    @property
    def cites(self) -> tuple[int, ...]:
        """Give the facts it is told from."""
        facts = [self.trigger, self.receipt, *self.read_back.values(), *self.ended.values()]
        return tuple(sorted({e.index for e in facts if e is not None}))


@dataclass
class _Fold:
    found: list[Stop] = field(default_factory=list)
    orders: dict[str, Stop] = field(default_factory=dict)
    plans: dict[str, Body] = field(default_factory=dict)
    decided: dict[str, Entry] = field(default_factory=dict)  # the last of each use case
    decisions: dict[str, Entry] = field(default_factory=dict)
    backs: list[Entry] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        kind, body, use_case = entry.fact.type, entry.fact.body, entry.fact.use_case or ""
        if kind in ORDERS:
            self._order(entry, kind.partition("/")[0])
        elif kind == "plan/1":
            self.plans.setdefault(str(body["digest"]), _body(body["plan"]))
        elif kind == "decided/1":
            self.decided[use_case] = entry
        elif kind == "decision/1":
            self.decisions[str(body["digest"])] = entry
        elif kind == "receipt/1":
            self._receipt(entry)
        else:
            self.backs.append(entry)

    def _order(self, entry: Entry, verb: str) -> None:
        body = entry.fact.body
        person, reason = str(body["person"]), str(body["reason"])
        use_case, scope = entry.fact.use_case or "", str(body["scope"])
        stop = Stop(verb, use_case, scope, "person", person, reason, entry)
        self.found.append(stop)
        self.orders[entry.fact.key] = stop

    def _receipt(self, entry: Entry) -> None:
        body: Body = entry.fact.body
        changes = shapes.convert(body["changes"], list[Body])
        stop = self.orders.get(str(body.get("answers", "")))
        if stop is None and body["expansion"] == "held" and body["move"] in ("hold", "suspend"):
            stop = self._called_for(entry)
            self.found.append(stop)
        if stop is None:
            return
        stop.receipt = stop.receipt or entry
        stop.places = tuple((c["site"], c["unit"]) for c in changes)
        if stop.verb in ("suspend", "lift"):
            stop.waiting = tuple(shapes.convert(body.get("not_confirmed", []), list[str]))
        if stop.verb == "lift":
            self._lifted(stop.use_case, stop.places, entry)
        elif stop.verb == "resume":
            self._resumed(stop, entry)

    def _called_for(self, entry: Entry) -> Stop:
        """Make a stop of what a loop did, with the verdict, condition or decision behind it."""
        body: Body = entry.fact.body
        use_case, answers = entry.fact.use_case or "", str(body.get("answers", ""))
        trigger, values = self.decided.get(use_case), {}
        if body["cause"] == "expiry":
            trigger = self.decisions.get(answers.partition("/")[2])
        elif trigger is not None:
            values = _values(trigger, answers)
        verb, scope, why = str(body["move"]), str(body["scope"]), str(body["because"])
        return Stop(verb, use_case, scope, str(body["cause"]), "", why, trigger, values=values)

    def _lifted(self, use_case: str, places: tuple[Place, ...], entry: Entry) -> None:
        for stop in self.found:
            if stop.use_case == use_case and stop.verb == "suspend":
                for place in {*places} & {*stop.places} - {*stop.ended}:
                    stop.ended[place] = entry

    def _resumed(self, order: Stop, entry: Entry) -> None:
        said = order.trigger.index if order.trigger is not None else entry.index
        for stop in self.found:
            about = stop.use_case == order.use_case and order.scope in (EVERYWHERE, stop.scope)
            before = stop.first is not None and stop.first.index < said
            if about and before and stop.verb == "hold" and "" not in stop.ended:
                stop.ended[""] = entry

    def confirmed(self) -> list[Stop]:
        """Give every stop, each with the facts that gateways read it back."""
        for stop in self.found:
            if stop.receipt is None or stop.verb in ("hold", "resume"):
                continue  # neither changes anything at a gateway
            body: Body = stop.receipt.fact.body
            names = {*body.get("read_back", {}), *body.get("not_confirmed", [])}
            for back in self.backs:
                name, seq = str(back.fact.body["gateway"]), int(str(back.fact.body["seq"]))
                loaded = not back.fact.body.get("not_loaded")
                if name in names and seq >= body["seq"] and loaded:
                    stop.read_back.setdefault(name, back)
            stop.waiting = tuple(n for n in stop.waiting if n not in stop.read_back)
        return self.found


def stops(entries: Iterable[Entry]) -> list[Stop]:
    """Give every hold, suspension, lift and resumption, in ledger order."""
    fold = _Fold()
    for entry in entries:
        if entry.fact.type in FACTS:
            fold.take(entry)
    return fold.confirmed()


def _values(decided: Entry, answers: str) -> Body:
    """Give the estimate that a crossing rests on: a rule's verdict, or a condition's."""
    for verdict in shapes.convert(decided.fact.body["verdicts"], list[Body]):
        named = f"{verdict['listed']}/{verdict['rule']}/{verdict['metric']}/{verdict['scope']}"
        if named == answers:
            return _body(verdict["estimate"])
    for each in shapes.convert(decided.fact.body.get("conditions", []), list[Body]):
        if f"condition/{each['id']}" == answers and each.get("verdict") is not None:
            return _body(each["verdict"]["estimate"])
    return {}


def _body(value: object) -> Body:
    return shapes.convert(value, Body)
