"""What is configured, folded from facts: specs, people, plans, decisions, modes and orders.

Each thing has a name and, at every moment, one value; whoever changed it last is its author,
and whoever approved that change its approvers. What changed is told by the fact that changed it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.digest import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from attending.facts.entry import Entry

ORDERS = ("hold/1", "suspend/1", "resume/1", "lift/1")
JUDGED = ("open", "met", "broken")
EVERYWHERE = "all"
SHORT = 12  # digits of a digest that tell it from its neighbors

Body = dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """One thing that is configured, as one fact left it.

    Attributes
    ----------
    name, value
        What it is called, such as ``mode/falls/Alder/*``, and what it is; empty is none.
    entry
        The fact that made it so.
    author, approvers
        Who asked for it, and who approved it, as the facts name them.
    rests_on
        Further facts that say so: a plan, its sign-offs, votes.

    """

    name: str
    value: str
    entry: Entry
    author: str
    approvers: tuple[str, ...] = ()
    rests_on: tuple[int, ...] = ()

    @property
    def cites(self) -> tuple[int, ...]:
        """Give the facts it is told from."""
        return tuple(sorted({self.entry.index, *self.rests_on}))


@dataclass(frozen=True)
class Changed:
    """A setting that took the place of another; None before the first."""

    before: Setting | None
    now: Setting


@dataclass
class Configuration:
    """What is configured so far.

    Attributes
    ----------
    settings
        By name; those whose value is empty are no more.
    changes
        Every change, in ledger order.
    plans, signed
        Facts of plans, and of the sign-offs on each, by the plan's digest.

    """

    settings: dict[str, Setting] = field(default_factory=dict)
    changes: list[Changed] = field(default_factory=list)
    plans: dict[str, Entry] = field(default_factory=dict)
    signed: dict[str, list[Entry]] = field(default_factory=dict)
    _packets: dict[str, Entry] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Take one fact in."""
        takers: dict[str, Callable[[Entry], None]] = {
            "specs/1": self._specs,
            "budget/1": self._budget,
            "plan/1": self._planned,
            "sign_off/1": self._sign_off,
            "receipt/1": self._receipt,
            "packet/1": self._packet,
            "decision/1": self._decision,
            "decided/1": self._decided,
            "credential/1": self._credential,
            **dict.fromkeys(ORDERS, self._order),
        }
        if entry.fact.type in takers:
            takers[entry.fact.type](entry)

    def _budget(self, entry: Entry) -> None:
        name = f"budget/{entry.fact.use_case}"
        self._put(name, digest(entry.fact.body), entry, entry.fact.by.person)

    def _planned(self, entry: Entry) -> None:
        named = str(entry.fact.body["digest"])
        self.plans.setdefault(named, entry)
        self._plan(named, "written", entry)

    def _sign_off(self, entry: Entry) -> None:
        named = str(entry.fact.body["digest"])
        self.signed.setdefault(named, []).append(entry)
        self._plan(named, "signed", entry)

    def _packet(self, entry: Entry) -> None:
        self._packets[str(entry.fact.body["digest"])] = entry

    def _decided(self, entry: Entry) -> None:
        for each in _list(entry.fact.body.get("conditions", [])):
            self._judged(entry, each)

    def _put(
        self, name: str, value: str, entry: Entry, author: str, *, by: Iterable[Entry] = ()
    ) -> None:
        """Note what something is now; nothing where it is so already."""
        before, by = self.settings.get(name), list(by)
        if (before.value if before is not None else "") == value:
            return
        approvers = tuple(dict.fromkeys(each.fact.by.person for each in by))
        now = Setting(name, value, entry, author, approvers, tuple(each.index for each in by))
        self.settings[name] = now
        self.changes.append(Changed(before, now))

    def _specs(self, entry: Entry) -> None:
        fact = entry.fact
        digests = shapes.convert(fact.body["digests"], dict[str, str])
        self._all(f"spec/{fact.use_case}/", digests, entry)
        documents = shapes.convert(fact.body.get("documents", {}), Body)
        for name, committee in documents.get("committees", {}).items():
            roles = {
                each["person"]: ", ".join(sorted(each.get("roles", [])))
                for each in committee["members"]
            }
            self._all(f"role/{fact.use_case}/{name}/", roles, entry)

    def _all(self, prefix: str, values: Mapping[str, str], entry: Entry) -> None:
        """Note everything of one kind at once; what is not named any more is no more."""
        for name, value in sorted(values.items()):
            self._put(prefix + name, value, entry, entry.fact.by.person)
        for name in [n for n in self.settings if n.startswith(prefix)]:
            if name.removeprefix(prefix) not in values:
                self._put(name, "", entry, entry.fact.by.person)

    def _plan(self, named: str, word: str, entry: Entry) -> None:
        plan, signed = self.plans.get(named), self.signed.get(named, [])
        value = word if word != "signed" else f"signed by {len(signed)}"
        author = entry.fact.by.person if plan is None else plan.fact.by.person
        self._put(f"plan/{entry.fact.use_case}/{named[:SHORT]}", value, entry, author, by=signed)

    def _receipt(self, entry: Entry) -> None:
        body, use_case = entry.fact.body, entry.fact.use_case
        named = str(body["plan"])
        plan = self.plans.get(named)
        author = entry.fact.by.person if plan is None else plan.fact.by.person
        approvals = [*self.signed.get(named, [])]
        order = self.settings.get(f"order/{use_case}/{body['scope']}")
        if body["cause"] == "person" and order is not None:
            author = order.author
        for each in _list(body["changes"]):
            users, cap = each.get("users", ((), ())), each.get("weekly_case_cap", (None, None))
            told = f"{each['mode'][1]} {each['release'][1]} share {each['share'][1]:g}"
            told += f" users {len(users[1])}" if users[1] else ""
            told += f" cap {cap[1]}" if cap[1] is not None else ""
            name = f"mode/{use_case}/{each['site']}/{each['unit']}"
            self._put(name, told, entry, author, by=approvals)
        expansion = str(body["expansion"])
        self._put(f"expansion/{use_case}", expansion, entry, author, by=approvals)
        self._plan(named, "carried out", entry)

    def _order(self, entry: Entry) -> None:
        use_case, body, verb = entry.fact.use_case, entry.fact.body, entry.fact.type[:-2]
        name, said = f"order/{use_case}/{body['scope']}", f"{verb} (fact {entry.index})"
        self._put(name, said, entry, str(body["person"]))

    def _decision(self, entry: Entry) -> None:
        body, use_case = entry.fact.body, entry.fact.use_case
        packet = self._packets.get(str(body["packet_digest"]))
        author = entry.fact.by.person if packet is None else packet.fact.by.person
        told = f"{body['word']} {body['valid_from']} to {body['expires_on']}"
        name = f"decision/{use_case}/{body['release']}"
        self._put(name, f"{told} ({str(body['digest'])[:SHORT]})", entry, author)
        votes = [v["person"] for v in _list(body["votes"]) if v["choice"].startswith("approve")]
        made = self.settings[name]
        kept = Setting(name, made.value, entry, author, tuple(sorted(votes)), made.rests_on)
        self.settings[name] = kept
        self.changes[-1] = Changed(self.changes[-1].before, kept)
        for each in _list(body.get("conditions", [])):
            told = f"open, {each['effect']}, owned by {each['owner']}, due {each.get('due')}"
            self._put(f"condition/{use_case}/{each['id']}", told, entry, author)
        for closed in shapes.convert(body.get("closes", []), list[str]):
            self._put(f"condition/{use_case}/{closed}", "lapsed", entry, author)

    def _credential(self, entry: Entry) -> None:
        body = entry.fact.body
        name = f"credential/{body['client']}/{body['key']}"
        there = self.settings.get(name)
        if there is None or not there.value.startswith("retired"):
            where = ", ".join(shapes.convert(body["sites"], list[str])) or "no site"
            self._put(name, f"{body['state']} for {where}", entry, entry.fact.by.person)

    def _judged(self, entry: Entry, each: Body) -> None:
        name = f"condition/{entry.fact.use_case}/{each['id']}"
        before = self.settings.get(name)
        if before is None or not before.value.startswith("open") or each["state"] == "open":
            return
        if each["state"] in JUDGED:
            self._put(name, str(each["state"]), entry, entry.fact.by.person)


def configuration(entries: Iterable[Entry]) -> Configuration:
    """Fold what is configured from facts in ledger order."""
    found = Configuration()
    for entry in entries:
        found.take(entry)
    return found


def _list(value: object) -> list[Body]:
    return shapes.convert(value, list[Body])
