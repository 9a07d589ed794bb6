"""Who vouched for calls: keys as they were put on record and retired, and what came by each.

Worked out from the facts alone and apart from what gateways go by. The first retirement counts,
and nothing takes it back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.facts.entry import Entry

CREDENTIAL = "credential/1"
CAME = ("prediction/1", "response/1", "parked/1")


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
