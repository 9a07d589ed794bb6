"""Releases and keys out of use: replaced at a place, retired, switched off, or declined.

A release that comes back to a place is in use there again. A decision that declines a
release takes it out of use everywhere, from the decision to the next one that approves it.

Keys of callers are worked out from the facts alone and apart from what gateways go by: the first
retirement counts, and nothing takes it back.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.facts.committee import APPROVALS
from attending.facts.plan import WHOLE_SITE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.facts.entry import Entry

EVERYWHERE = ""
CREDENTIAL = "credential/1"
CAME = ("prediction/1", "response/1", "parked/1")


@dataclass(frozen=True)
class Retired:
    """One release, no longer to be used at one place or, by a decision, anywhere.

    Attributes
    ----------
    use_case, site, unit, release
        What, and where; an empty site is everywhere.
    because
        Why.
    since, end
        The fact that retired it, and the one that brought it back; None while it is out.

    """

    use_case: str
    site: str
    unit: str
    release: str
    because: str
    since: Entry
    end: Entry | None = None

    @property
    def key(self) -> str:
        """Name it: place, release, and the fact that retired it."""
        place = "/".join(part for part in (self.use_case, self.site, self.unit) if part)
        return f"{place}/{self.release}/{self.since.index}"

    def covers(self, entry: Entry) -> bool:
        """Tell whether an answer is one of this release, at this place, while it was out."""
        fact = entry.fact
        if (fact.use_case, fact.release) != (self.use_case, self.release):
            return False
        if entry.index < self.since.index or (self.end and entry.index > self.end.index):
            return False
        unit = str(fact.body.get("unit", ""))
        return self.site == EVERYWHERE or (
            fact.site == self.site and self.unit in (WHOLE_SITE, unit)
        )


@dataclass
class _Fold:
    out: dict[tuple[str, str, str, str], Retired] = field(default_factory=dict)
    over: list[Retired] = field(default_factory=list)

    def receipt(self, entry: Entry) -> None:
        use_case = entry.fact.use_case or ""
        for change in shapes.convert(entry.fact.body["changes"], list[dict[str, Any]]):
            place = (use_case, str(change["site"]), str(change["unit"]))
            (was, now), mode = change["release"], change["mode"][1]
            if was and was != now:
                because = f"replaced by {now}" if now else "taken out"
                self._retire((*place, was), because, entry)
            if now and mode in ("retired", "off"):
                self._retire((*place, now), f"put in mode {mode}", entry)
            elif now:
                self._back((*place, now), entry)

    def decision(self, entry: Entry) -> None:
        word, release = str(entry.fact.body["word"]), str(entry.fact.body["release"])
        name = (entry.fact.use_case or "", EVERYWHERE, "", release)
        if word == "declined":
            self._retire(name, "declined by the committee", entry)
        elif word in APPROVALS:
            self._back(name, entry)

    def _retire(self, name: tuple[str, str, str, str], because: str, entry: Entry) -> None:
        self.out.setdefault(name, Retired(*name, because=because, since=entry))

    def _back(self, name: tuple[str, str, str, str], entry: Entry) -> None:
        there = self.out.pop(name, None)
        if there is not None:
            self.over.append(replace(there, end=entry))


def retired(entries: Iterable[Entry]) -> list[Retired]:
    """Give every time a release was retired, in ledger order."""
    fold = _Fold()
    for entry in entries:
        if entry.fact.type == "receipt/1":
            fold.receipt(entry)
        elif entry.fact.type == "decision/1":
            fold.decision(entry)
    return sorted([*fold.over, *fold.out.values()], key=lambda w: (w.since.index, w.key))


@dataclass
class Key:
    """One key: the facts that put it on record and took it out of use, and what came by it.

    Attributes
    ----------
    key
        Its thumbprint.
    registered, retired
        The facts that say so; None where none does.
    calls
        Every answer given and every response taken on its word, in ledger order.

    """

    key: str
    registered: Entry | None = None
    retired: Entry | None = None
    calls: list[Entry] = field(default_factory=list)

    @property
    def client(self) -> str | None:
        """Name the client it is of; None where nothing says so."""
        said = self.registered or self.retired
        return None if said is None else str(said.fact.body["client"])


def keys(entries: Iterable[Entry]) -> dict[str, Key]:
    """Give every key that was ever named, by a person, a gateway's file or a call."""
    found: dict[str, Key] = {}
    for entry in entries:
        fact = entry.fact
        if fact.type == CREDENTIAL:
            there = found.setdefault(str(fact.body["key"]), Key(str(fact.body["key"])))
            if fact.body["state"] == "retired":
                there.retired = there.retired or entry
            else:
                there.registered = there.registered or entry
        elif fact.type in CAME and fact.body.get("credential"):
            named = str(fact.body["credential"])
            found.setdefault(named, Key(named)).calls.append(entry)
    return found


def nobody_vouched(entries: Iterable[Entry]) -> list[Entry]:
    """Give the answers that a gateway gave to callers it did not ask who they were."""
    return [
        e
        for e in entries
        if e.fact.type == "prediction/1"
        and not e.fact.body.get("credential")
        and e.fact.body.get("origin") is None
    ]
