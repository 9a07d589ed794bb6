"""What people did with what was shown: each shown answer with the responses to it.

Whoever said nothing within the time that the use case states has ignored the answer; nobody is
ever asked whether they did. A response that comes later than that takes the inference back: what
a person did wins over what was inferred, from the moment it is on record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.report.evidence import happened, standing

if TYPE_CHECKING:
    from datetime import datetime

    from attending.facts.entry import Entry

FACTS = ("specs/1", "prediction/1", "response/1")
_TIME = re.compile(r"^(\d+) ?(h|d|min)$")
_IN = {"h": timedelta(hours=1), "d": timedelta(days=1), "min": timedelta(minutes=1)}


@dataclass(frozen=True)
class Responded:
    """A shown answer, and what became of it.

    Attributes
    ----------
    shown
        The answer's fact.
    responses
        What people said, in ledger order; the last one counts.
    word
        ``accepted``, ``overridden``, ``ignored``; ``waiting`` while the time runs, and
        ``not known`` where no time is stated.
    stated
        The fact that states the time; None where it was not needed, or none does.

    """

    shown: Entry
    responses: tuple[Entry, ...]
    word: str
    stated: Entry | None = None

    @property
    def reason(self) -> str:
        """Give the coded reason of what counts; ``own words`` where it is sealed."""
        return reason_of(self.responses[-1]) if self.responses else ""

    @property
    def cites(self) -> tuple[int, ...]:
        """Give the facts it is told from."""
        facts = (self.shown, *self.responses, *(() if self.stated is None else (self.stated,)))
        return tuple(sorted(entry.index for entry in facts))


@dataclass(frozen=True)
class Found:
    """Everything that was shown, and responses that answer nothing that was."""

    shown: tuple[Responded, ...]
    stray: tuple[Entry, ...]


def responses(entries: list[Entry], until: datetime | None) -> Found:
    """Join responses to what was shown, as of a moment."""
    stated = {e.fact.use_case or "": e for e in entries if e.fact.type == "specs/1"}
    shown = {
        (e.fact.use_case or "", str(e.fact.body["prediction"])): e
        for e in standing(entries, "prediction/1")
        if e.fact.body.get("display") == "shown"
    }
    said: dict[tuple[str, str], list[Entry]] = {}
    for entry in standing(entries, "response/1"):
        key = (entry.fact.use_case or "", str(entry.fact.body["prediction"]))
        said.setdefault(key, []).append(entry)
    found = [
        _responded(entry, said.get(key, []), stated.get(key[0]), until)
        for key, entry in shown.items()
    ]
    stray = [e for key, there in said.items() if key not in shown for e in there]
    return Found(tuple(found), tuple(stray))


def reason_of(response: Entry) -> str:
    """Give the coded reason of a response; empty where none was given."""
    reason = shapes.convert(response.fact.body.get("reason", {}), dict[str, Any])
    if not reason:
        return ""
    return str(reason.get("code") or "own words")


def _responded(
    shown: Entry, said: list[Entry], stated: Entry | None, until: datetime | None
) -> Responded:
    if said:
        return Responded(shown, tuple(said), str(said[-1].fact.body["response"]))
    after = None if stated is None else _after(stated)
    if after is None or until is None:
        return Responded(shown, (), "not known")
    over = happened(shown) + after <= until
    return Responded(shown, (), "ignored" if over else "waiting", stated)


def _after(specs: Entry) -> timedelta | None:
    """Give the time after which silence counts as ignoring, as the use case states it."""
    documents = shapes.convert(specs.fact.body.get("documents", {}), dict[str, Any])
    workflow = documents.get("use_case", {}).get("workflow", {})
    read = _TIME.match(str(workflow.get("ignored_after", "")))
    return None if read is None else int(read[1]) * _IN[read[2]]
