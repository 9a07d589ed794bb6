"""What waits for committees, read from a ledger: of every use case, by the fold that pages use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.docket import docket
from attending.decide.incident import Register
from attending.decide.standing import Standing, fold

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from attending.decide.docket import Waiting
    from attending.facts.entry import Entry
    from attending.facts.fact import Fact, Kind

WAITS_IN: tuple[Kind, ...] = ("declared", "said", "decided", "acted")  # what says what waits


def waiting(entries: Iterable[Entry], now: datetime) -> list[Waiting]:
    """Give what waits for the committee of each use case, by name."""
    register = Register()
    own: dict[str, list[Fact]] = {}
    everybody: list[Fact] = []
    for entry in entries:
        register = register.after(entry)
        if entry.fact.use_case is None:
            everybody.append(entry.fact)
            for facts in own.values():
                facts.append(entry.fact)
        else:
            own.setdefault(entry.fact.use_case, [*everybody]).append(entry.fact)
    is_open = register.of("", is_open=True)
    return [
        each
        for name in sorted(own)
        for each in docket(name, fold(Standing(), own[name]).governed, is_open, now)
    ]
