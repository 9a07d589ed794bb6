"""How many alerts did each user get a day, all tools together, before and after each wave?

A row for each user and day adds up every tool that answers through this platform: what was
shown, by how many tools, and, apart from it, what that user was spared: silent, muted
(suppressed for any reason), nothing to advise, failed or late. A row for each wave compares, at
the sites it reached, cards a user-day in the 28 days before it opened with the 28 days after; a
user-day is a day on which any tool answered for a user there.

Days are those of the moment on record, in UTC. A user is a pseudonym; calls that named nobody
are counted together, as one line a day, and are in no user-day. Alerts of other systems are not
on record.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.report.evidence import happened, standing
from attending.report.question import Answer, Question, Row

if TYPE_CHECKING:
    from attending.facts.entry import Entry
    from attending.report.question import Asked, Cell

COLUMNS = (
    "what", "user", "day", "sites", "tools", "n_shown", "n_tools", "n_silent", "n_muted",
    "n_no_advice", "n_failed", "wave", "use_case", "n_before", "user_days_before",
    "per_user_day_before", "n_after", "user_days_after", "per_user_day_after",
)  # fmt: skip
NOT_NAMED = "not named"
WINDOW = timedelta(days=28)
COUNTED = {
    "shown": "n_shown",
    "silent": "n_silent",
    "suppressed": "n_muted",
    "no_advice": "n_no_advice",
    "failed": "n_failed",
    "late": "n_failed",
}


@dataclass
class _Day:
    """One user on one day."""

    displays: Counter[str] = field(default_factory=Counter)
    by_tool: Counter[str] = field(default_factory=Counter)
    sites: set[str] = field(default_factory=set)
    cites: list[int] = field(default_factory=list)


def answer(asked: Asked) -> Answer:
    """Add up what each user got, and compare each wave with the time before it."""
    entries = list(asked.entries("prediction/1", "receipt/1"))
    given = [e for e in standing(entries, "prediction/1") if asked.is_about(e.fact.site)]
    days: dict[tuple[str, str], _Day] = {}
    for entry in given:
        _take(days.setdefault((_user(entry), entry.fact.at[:10]), _Day()), entry)
    rows = [_row(*key, there) for key, there in sorted(days.items())]
    waves = [_wave(e, given) for e in entries if _is_wave(asked, e)]
    counts = {
        "answers": len(given),
        "shown": sum(day.displays["shown"] for day in days.values()),
        "users": len({user for user, _ in days} - {NOT_NAMED}),
        "tools": len({e.fact.use_case for e in given}),
        "waves": len(waves),
    }
    if not rows and not waves:
        because = f"{asked.searched}: no answer is on record."
    else:
        most = max((day.displays["shown"] for (u, _), day in days.items() if u != NOT_NAMED),
                   default=0)  # fmt: skip
        because = (
            f"{counts['shown']:,} cards shown by {counts['tools']} tools to {counts['users']:,}"
            f" users; at most {most} to one user in a day."
        )
    return Answer(because, COLUMNS, (*rows, *waves), counts=counts)


def _user(entry: Entry) -> str:
    return str(entry.fact.body.get("user") or NOT_NAMED)


def _take(day: _Day, entry: Entry) -> None:
    display = str(entry.fact.body.get("display"))
    day.displays[display] += 1
    if display == "shown":
        day.by_tool[entry.fact.use_case or ""] += 1
    day.sites.add(entry.fact.site or "")
    day.cites.append(entry.index)


def _row(user: str, on: str, there: _Day) -> Row:
    cells: dict[str, Cell] = {
        "what": "user and day",
        "user": user,
        "day": on,
        "sites": ", ".join(sorted(there.sites)),
        "tools": ", ".join(f"{name} {n}" for name, n in sorted(there.by_tool.items())) or None,
        "n_tools": len(there.by_tool),
        **dict.fromkeys(COUNTED.values(), 0),
    }
    for display, name in COUNTED.items():
        cells[name] = int(cells[name] or 0) + there.displays[display]
    return Row(f"{user}/{on}", cells, tuple(there.cites))


def _is_wave(asked: Asked, entry: Entry) -> bool:
    if entry.fact.type != "receipt/1" or not entry.fact.body.get("wave"):
        return False
    live = [change for change in _changes(entry) if change["mode"][1] == "live"]
    return any(asked.is_about(change["site"]) for change in live)


def _changes(entry: Entry) -> list[dict[str, Any]]:
    return shapes.convert(entry.fact.body["changes"], list[dict[str, Any]])


def _wave(receipt: Entry, given: list[Entry]) -> Row:
    """Compare what users got at a wave's sites before it opened with what they got after."""
    opened, name = happened(receipt), str(receipt.fact.body["wave"])
    sites = {change["site"] for change in _changes(receipt) if change["mode"][1] == "live"}
    there = [e for e in given if e.fact.site in sites and _user(e) != NOT_NAMED]
    before = [e for e in there if opened - WINDOW <= happened(e) < opened]
    after = [e for e in there if opened <= happened(e) < opened + WINDOW]
    cells: dict[str, Cell] = {
        "what": "wave",
        "day": receipt.fact.at[:10],
        "sites": ", ".join(sorted(sites)),
        "wave": name,
        "use_case": receipt.fact.use_case,
    }
    for word, of in (("before", before), ("after", after)):
        shown = sum(e.fact.body.get("display") == "shown" for e in of)
        user_days = len({(_user(e), e.fact.at[:10]) for e in of})
        cells[f"n_{word}"], cells[f"user_days_{word}"] = shown, user_days
        cells[f"per_user_day_{word}"] = shown / user_days if user_days else None
    cites = {receipt.index, *(e.index for e in (*before, *after))}
    key = f"wave/{receipt.fact.use_case}/{name}/{receipt.index}"
    return Row(key, cells, tuple(sorted(cites)))


q12_burden = Question(number=12, answer=answer)
