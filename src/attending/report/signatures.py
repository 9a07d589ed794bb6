"""Do signatures verify? Each digest is computed again from what was signed.

A packet must bear the digest of what it holds; a vote, a recusal and a closing must be bound to
a packet that is on record, by the person who said them; a decision must count votes that are on
record, each person's last; a sign-off must quote a plan that is on record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.digest import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.facts.entry import Entry

FACTS = ("packet/1", "vote/1", "recusal/1", "decision/1", "no_decision/1", "plan/1", "sign_off/1")
SHOWN = ("item", "meeting", "round", "use_case", "committee", "deciding")

Named = dict[str, Any]


@dataclass
class Signatures:
    """What was signed so far, in ledger order, and what is wrong with it.

    Attributes
    ----------
    packets, plans
        Index of the fact that holds what a digest names.
    votes
        Votes that stand, by packet digest and person: the index and the choice.
    recused
        Who is recused, by packet digest and person: the index.
    faults
        What is wrong with a fact, by index; nothing where it verifies.

    """

    packets: dict[str, int] = field(default_factory=dict)
    plans: dict[str, int] = field(default_factory=dict)
    votes: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    recused: dict[tuple[str, str], int] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Take one fact in, and check it against those before it."""
        kind, body = entry.fact.type, entry.fact.body
        fault = ""
        if kind == "packet/1":
            shown = {"schema": "packet/1", **{name: body.get(name) for name in SHOWN}}
            fault = _differs(shown, body["digest"])
            self.packets.setdefault(str(body["digest"]), entry.index)
        elif kind == "plan/1":
            fault = _differs(body["plan"], body["digest"])
            self.plans.setdefault(str(body["digest"]), entry.index)
        elif kind == "sign_off/1":
            fault = "" if body["digest"] in self.plans else "the plan it quotes is not on record"
            fault = fault or _unbound(entry, str(body["digest"]))
        elif kind in FACTS:
            fault = self._bound(entry)
            if kind == "vote/1" and not fault:
                at = (str(body["packet_digest"]), entry.fact.by.person)
                self.votes[at] = (entry.index, str(body["choice"]))
            elif kind == "recusal/1" and not fault:
                self.recused[str(body["packet_digest"]), entry.fact.by.person] = entry.index
            elif kind == "decision/1":
                fault = fault or self._decision(body)
        if fault:
            self.faults[entry.index] = fault

    def behind(self, body: Named) -> tuple[int, ...]:
        """Give the facts a closing rests on: its packet, and the votes it counts."""
        packet = str(body["packet_digest"])
        found = [self.packets.get(packet)]
        found += [self.votes.get((packet, v["person"]), (None, ""))[0] for v in _rows(body)]
        found += [i for (of, _), i in self.recused.items() if of == packet]
        return tuple(sorted({i for i in found if i is not None}))

    def _bound(self, entry: Entry) -> str:
        """Say what is wrong with a signature; nothing where it is bound to a packet on record."""
        packet = str(entry.fact.body["packet_digest"])
        if packet not in self.packets:
            return "the packet it is bound to is not on record"
        return _unbound(entry, packet)

    def _decision(self, body: Named) -> str:
        plain = {name: value for name, value in body.items() if name != "digest"}
        fault = _differs(plain, body["digest"])
        packet = str(body["packet_digest"])
        for vote in _rows(body):
            _, choice = self.votes.get((packet, vote["person"]), (-1, ""))
            if not choice:
                fault = fault or f"it counts a vote of {vote['person']} that is not on record"
            elif choice != vote["choice"]:
                fault = (
                    fault or f"it counts {vote['choice']} of {vote['person']}, who said {choice}"
                )
            elif (packet, vote["person"]) in self.recused:
                fault = fault or f"it counts a vote of {vote['person']}, who is recused"
        for person in shapes.convert(body.get("recused", []), list[str]):
            if (packet, person) not in self.recused:
                fault = fault or f"it leaves {person} out, and no recusal is on record"
        return fault


def checked(entries: Iterable[Entry]) -> Signatures:
    """Check everything that was signed."""
    found = Signatures()
    for entry in entries:
        if entry.fact.type in FACTS:
            found.take(entry)
    return found


def _unbound(entry: Entry, named: str) -> str:
    """Say why a signature is not its speaker's on what it names; older sign-offs bear none."""
    signed = _named(entry.fact.body.get("signature", {}))
    if not signed and entry.fact.type == "sign_off/1":
        return ""
    if signed.get("digest") != named:
        what = "plan" if entry.fact.type == "sign_off/1" else "packet"
        return f"its signature is bound to another {what}"
    if signed.get("person") != entry.fact.by.person:
        return f"it is signed by {signed.get('person')} and was said by {entry.fact.by.person}"
    return ""


def _differs(value: object, named: object) -> str:
    return "" if digest(value) == named else "its digest is not that of what it holds"


def _rows(body: Named) -> list[Named]:
    return shapes.convert(body.get("votes", []), list[Named])


def _named(value: object) -> Named:
    return shapes.convert(value, Named)
