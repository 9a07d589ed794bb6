"""The judge: what the ledger says, set beside what is true.

A program of its own. It is handed the truth as an open file without a name, and of the
platform it reads the ledger alone: no spec, no page, no report.

usage: python -m attending.simulator.judge STORE FILE_DESCRIPTOR
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attending.ledger.open_reader import open_reader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.facts.entry import Entry


@dataclass
class Found:
    """What the ledger holds about one hospital.

    Attributes
    ----------
    asked, outcomes
        How many answers, and outcomes.
    shown_after
        Answers shown there after a suspension was read back.
    suspended_at, held_at
        When it was first suspended, and when expansion was first held for it.
    accused
        What else was said against it: gates not met, cautions and safety limits crossed.
    finding
        The last sentence about it.

    """

    asked: int = 0
    outcomes: int = 0
    shown_after: int = 0
    suspended_at: str = ""
    held_at: str = ""
    accused: set[str] = field(default_factory=set)
    finding: str = ""


def read(entries: Iterable[Entry], sites: Iterable[str]) -> tuple[dict[str, Found], int]:
    """Read a ledger from its first fact to its last; give also how many outcomes wait."""
    found = {site: Found() for site in sites}
    waiting: set[str] = set()
    for entry in entries:
        fact, body = entry.fact, entry.fact.body
        if fact.type == "prediction/1" and fact.site in found:
            of = found[fact.site]
            of.asked += 1
            of.shown_after += bool(of.suspended_at) and body["display"] == "shown"
        elif fact.type == "outcome/1" and fact.site in found:
            found[fact.site].outcomes += 1
        elif fact.type == "receipt/1":
            _receipt(body, fact.at, found)
        elif fact.type == "decided/1":
            _decided(body, found)
        elif fact.type == "parked/1" and body.get("waits"):
            waiting.add(str(body["digest"]))
        elif fact.type == "released/1":
            waiting.discard(str(body["digest"]))
    return found, len(waiting)


def _receipt(body: dict[str, Any], at: str, found: dict[str, Found]) -> None:
    for change in body["changes"]:
        of = found[change["site"]]
        if change["mode"][1] == "suspended":
            of.suspended_at = of.suspended_at or at
        elif change["mode"][0] == "suspended":
            of.suspended_at = ""
    if body["expansion"] == "held" and body["scope"] in found:
        of = found[body["scope"]]
        of.held_at = of.held_at or at


def _decided(body: dict[str, Any], found: dict[str, Found]) -> None:
    for verdict in body["verdicts"]:
        if verdict["word"] == "not_met" and verdict["scope"] in found:
            found[verdict["scope"]].accused.add(f"{verdict['listed']} {verdict['rule']}")
    for finding in body["findings"]:
        if finding["scope"] in found:
            found[finding["scope"]].finding = finding["found"]


def judged(truth: dict[str, Any], found: dict[str, Found], waiting: int) -> dict[str, Any]:
    """Set what was found beside what is true; `missed` lists every difference.

    Parameters
    ----------
    truth
        What the world wrote down.
    found
        What the ledger holds, by hospital.
    waiting
        Outcomes that wait for an answer that counts, as those of a suspended tool do.

    """
    first = date.fromisoformat(truth["first_day"])
    rows, missed = [], []
    for planted in truth["harmed"]:
        of = found[planted["site"]]
        day = None if not of.suspended_at else (_date(of.suspended_at) - first).days
        right = day is not None and day >= planted["from_day"] and of.shown_after == 0
        if of.shown_after:
            missed.append(f"{planted['site']}: {of.shown_after} shown after it was suspended")
        if not right:
            missed.append(f"{planted['site']}: {planted['what']} from day {planted['from_day']}")
        rows.append(_row(planted, of, "found" if right else "missed", day))
    for planted in truth["left_alone"]:
        of = found[planted["site"]]
        wrong = of.suspended_at or of.held_at or of.accused
        word = "wrongly accused" if wrong else "rightly left alone"
        if not wrong and of.finding in ("", "cannot tell yet"):
            word = "too few to tell" if of.asked else "not begun"
        if wrong:
            missed.append(f"{planted['site']}: {', '.join(sorted(of.accused)) or 'held'}")
        rows.append(_row(planted, of, word, None))
    totals: Counter[str] = Counter()
    for site, seen in truth["seen"].items():
        totals.update(seen)
        if seen["asked"] != found[site].asked:
            missed.append(f"{site}: asked {seen['asked']} times, {found[site].asked} on record")
    kept = sum(of.outcomes for of in found.values()) + waiting
    if totals["outcomes"] != kept:
        missed.append(f"{totals['outcomes']} outcomes were handed over, {kept} are on record")
    return {"schema": "judged/1", "rows": rows, "missed": missed, "seen": dict(totals)}


def _row(planted: dict[str, Any], of: Found, word: str, day: int | None) -> dict[str, Any]:
    return {
        "site": planted["site"],
        "planted": planted["what"],
        "from_day": planted.get("from_day"),
        "said": word,
        "suspended_on_day": day,
        "finding": of.finding,
        "asked": of.asked,
    }


def _date(at: str) -> date:
    """Give the day that a moment is of; midnight ends a day, and is that day's."""
    return (datetime.fromisoformat(at) - timedelta(microseconds=1)).date()


def main() -> None:
    """Read the truth and the ledger; write what differs as one line of JSON."""
    store, handle = Path(sys.argv[1]), int(sys.argv[2])
    with os.fdopen(handle, encoding="utf-8") as sealed:
        sealed.seek(0)
        truth = json.load(sealed)
    reader = open_reader(store)
    try:
        sites = [each["site"] for each in (*truth["harmed"], *truth["left_alone"])]
        found, waiting = read(reader.entries(), sites)
        sys.stdout.write(json.dumps(judged(truth, found, waiting)) + "\n")
    finally:
        reader.close()


if __name__ == "__main__":
    main()
