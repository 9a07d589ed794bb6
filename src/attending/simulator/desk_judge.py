"""The judge of what was done at desks: answers set beside the diary, by key.

As `year_judge`, for the inventory, for who looked at what, for incidents and their clocks, for
keys, and for what was kept and erased. Every date is computed here again, with days off of its
own, by nothing but what the year's people know.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from attending.simulator.judging import Row, differ, none, rows, stamp

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from attending.simulator.year_diary import Diary

CHARACTERISTICS = ("race", "color", "national_origin", "sex", "age", "disability")
OFF = {
    "2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19", "2026-07-03",
    "2026-09-07", "2026-10-12", "2026-11-11", "2026-11-26", "2026-12-25", "2027-01-01",
    "2027-01-18",
}  # fmt: skip
CLOSES = time(17)


# --- the inventory ----------------------------------------------------------------------------


def inventory(diary: Diary, answer: Row) -> list[str]:
    """Compare which tools measure what, and what is wanting."""
    used = {
        k: t for k, t in diary.tools.items() if t["claimed_status"] not in ("retired", "stopped")
    }
    true = [
        (tool, row["made"], row["owner"], name, row[f"protected_{name}"],
         row["protected_reviewed_on"] or None, bool(row["mitigation"]))
        for tool, row in used.items()
        for name in CHARACTERISTICS
        if row[f"protected_{name}"] in ("direct", "proxy")
    ]  # fmt: skip
    told = [
        (r["tool"], r["made"], r["owner"], r["characteristic"], r["measured"], r["reviewed_on"],
         bool(r["mitigation"]))
        for r in rows(answer)
    ]  # fmt: skip
    oldest = (_moment(diary.marks[-1]["at"]) - timedelta(days=365)).date().isoformat()
    wanting = [key for tool, row in used.items() for key in _wanting(tool, row, oldest)]
    wrong = [each["key"] for each in answer["exceptions"]]
    return [*differ("protected input", told, true), *differ("wanting", wrong, wanting)]


def _wanting(tool: str, row: dict[str, str], oldest: str) -> Iterator[str]:
    said = {name: row[f"protected_{name}"] for name in CHARACTERISTICS}
    yield from (f"{tool}/{name}" for name, word in said.items() if word == "not_known")
    if {"direct", "proxy"} & {*said.values()}:
        if row["protected_reviewed_on"] < oldest:
            yield f"{tool}/review"
        if not row["mitigation"]:
            yield f"{tool}/mitigation"


# --- who looked -------------------------------------------------------------------------------


def views(diary: Diary, answer: Row) -> list[str]:
    """Compare who looked at which card, what for, and what came of a break-glass."""
    true = [
        (card, v["person"], v["purpose"], v["at"], v["broke"], v["by"] or None, v["found"] or None)
        for v in diary.views
        for card in v["cards"]
    ]
    told = [
        (str(r["object"]).split("/")[1], r["person"], r["purpose"], r["at"], r["break_glass"],
         r["reviewed_by"], r["found"])
        for r in rows(answer)
    ]  # fmt: skip
    return differ("look", told, true) + none(answer)


# --- the log ----------------------------------------------------------------------------------


def unaltered(diary: Diary, answer: Row) -> list[str]:
    """Compare how much the log holds, and how much of it was erased."""
    told = [(r["facts"], r["facts_erased"], r["verifies"]) for r in rows(answer)]
    erased = sum(each["rule"] == "sheets" for each in diary.erasures) and len(diary.sheets)
    true = [(diary.marks[-1]["facts"], erased, True)]
    return differ("log", told, true) + none(answer)


# --- incidents --------------------------------------------------------------------------------


def incidents(diary: Diary, answer: Row) -> list[str]:
    """Compare incidents, their clocks and corrections, and which clocks were missed."""
    true = [*diary.incidents, *map(_by_loop, diary.limits)]
    cases = [
        (r["use_case"], r["sites"], r["kind"], r["severity"], r["state"], r["found_by"],
         r["known_at"], r["stopped_at"], r["causes"], r["days_to_fix"], r["n_affected"])
        for r in rows(answer, what="incident")
    ]  # fmt: skip
    clocks = [
        (r["use_case"], r["rule"], r["due_at"], r["met_at"], r["word"])
        for r in rows(answer, what="clock")
    ]
    actions = [
        (r["use_case"], r["owner"], r["due_at"], r["check"], r["word"])
        for r in rows(answer, what="corrective action")
    ]
    end = _moment(diary.marks[-1]["at"])
    run = [(case, *clock) for case in true for clock in _clocks(case, end)]
    missed = [f"{case['name']}/{rule}" for case, rule, *_, word in run if word == "missed"]
    wrong = [each["key"] for each in answer["exceptions"]]
    acted = [(c["tool"], *c["action"].values(), _shown(c)) for c in true if "action" in c]
    return [
        *differ("incident", cases, [_case(diary, each) for each in true]),
        *differ("clock", clocks, [(case["tool"], *told) for case, *told in run]),
        *differ("correction", actions, acted),
        *differ("what is against it", wrong, missed),
    ]


def _by_loop(limit: dict[str, Any]) -> dict[str, Any]:
    """Give the incident that a crossed safety limit is, from its own moment on."""
    return {
        "tool": limit["tool"], "sites": (limit["site"],), "kind": "unexpected_behavior",
        "severity": 2, "person": "the platform", "known_at": limit["at"], "state": "open",
        "clocks": {}, "fixed_at": "", "days_ago": 0, "name": "",
    }  # fmt: skip


def _case(diary: Diary, case: dict[str, Any]) -> Hashable:
    stops = case["severity"] <= 2  # noqa: PLR2004  what is that bad stops at once
    fixed = None
    if case["fixed_at"]:
        spent = _moment(case["fixed_at"]) - _moment(case["known_at"])
        fixed = round(spent.total_seconds() / 86_400, 3)
    caused = "data" if "action" in case else None
    since = (_moment(case["known_at"]) - timedelta(days=case["days_ago"])).date().isoformat()
    until = case["known_at"] if stops else diary.marks[-1]["at"]
    touched = [
        e
        for e in diary.calls
        if (e["tool"], e["word"]) == (case["tool"], "shown")
        and e["site"] in case["sites"]
        and since <= e["at"][:10]
        and e["at"] <= until
    ]
    return (
        case["tool"], ", ".join(case["sites"]), case["kind"], case["severity"], case["state"],
        case["person"], case["known_at"], case["known_at"] if stops else None, caused, fixed,
        len(touched),
    )  # fmt: skip


def _shown(case: dict[str, Any]) -> str:
    return "shown to work" if case["state"] in ("checked", "closed") else "done"


def _clocks(case: dict[str, Any], end: datetime) -> Iterator[tuple[str, str, str | None, str]]:
    """Give the clocks that an incident starts: rule, due, met, and the word for it."""
    known_at = _moment(case["known_at"])
    for rule, due in _due(case, known_at):
        met_at = case["clocks"].get(rule)
        in_time = "met" if met_at and _moment(met_at) <= due else "missed"
        word = in_time if met_at or end > due else "running"
        yield rule, stamp(due), met_at, word


def _due(case: dict[str, Any], at: datetime) -> Iterator[tuple[str, datetime]]:
    if case["severity"] == 1:
        yield "us_mdr_user_facility", _business(at, 10)
        yield "us_jc_analysis", _business(at, 45)
    if case["severity"] <= 2 and at.date() >= date(2026, 8, 2):  # noqa: PLR2004  serious
        yield "eu_ai_act_73", at + timedelta(days=15)
    if case["kind"] == "outage":
        yield "us_hipaa_restore", at + timedelta(hours=72)


def _business(at: datetime, n: int) -> datetime:
    """Give the close of the n-th day on which people work after a day."""
    day = at.date()
    while n:
        day += timedelta(days=1)
        n -= day.isoweekday() < 6 and day.isoformat() not in OFF  # noqa: PLR2004  Saturday
    return datetime.combine(day, CLOSES, UTC)


# --- keys -------------------------------------------------------------------------------------


def keys(diary: Diary, answer: Row) -> list[str]:
    """Compare which keys were retired, when, and that nothing came by one afterwards."""
    told = [
        (r["credential"], r["because"], r["since"], r["n_calls"])
        for r in rows(answer, what="credential")
    ]
    true = [(k["key"], "retired", k["to"], 0) for k in diary.keys if k["to"]]
    return differ("key", told, true)


# --- what is kept -----------------------------------------------------------------------------


def kept(diary: Diary, answer: Row) -> list[str]:
    """Compare rules, holds, what was erased by whom, and what is due and held back."""
    end = diary.marks[-1]["at"][:10]
    rules = [
        (r["rule"], r["what"], r["person"], r["at"])
        for r in rows(answer)
        if r["what"].startswith("rule ")
    ]
    adopted = [(r["rule"], f"rule to {r['duty']}", "records-officer", r["at"]) for r in diary.rules]
    held = [(r["what"], r["person"], r["at"]) for r in rows(answer) if "hold" in r["what"]]
    placed = [(f"legal hold {h['hold']}", h["by"], h["at"]) for h in diary.holds]
    gone = [
        (r["rule"], r["n"], r["person"], r["second"], r["at"]) for r in rows(answer, what="erasure")
    ]
    done, left = [], [*_strays(diary), *(("sheets", at, "") for at in diary.sheets)]
    for each in diary.erasures:
        rule, on = each["rule"], each["at"][:10]
        now = [s for s in left if s[0] == rule and not s[2] and _over(s[1], on)]
        done.append((rule, len(now), each["by"], each["second"], each["at"]))
        left = [s for s in left if s not in now]
    due: dict[tuple[str, bool], list[str]] = {}
    for rule, at, hold in left:
        if _over(at, end):
            due.setdefault((rule, bool(hold)), []).append(_month_later(at))
    waits = rows(answer, what="due")
    told = [(r["rule"], "legal hold" in r["state"], r["n"], r["since"]) for r in waits]
    return [
        *differ("rule", rules, adopted),
        *differ("hold", held, placed),
        *differ("erasure", gone, done),
        *differ("due", told, [(*of, len(since), min(since)) for of, since in due.items()]),
        *none(answer),
    ]


def _strays(diary: Diary) -> Iterable[tuple[str, str, str]]:
    holds = {h["tool"]: h["hold"] for h in diary.holds}
    return [("stray_feedback", p["at"], holds.get(p["tool"], "")) for p in diary.parked]


def _over(at: str, today: str) -> bool:
    return _month_later(at) < today


def _month_later(at: str) -> str:
    on = date.fromisoformat(at[:10])
    year, month = (on.year, on.month + 1) if on.month < 12 else (on.year + 1, 1)  # noqa: PLR2004
    return date(year, month, min(on.day, monthrange(year, month)[1])).isoformat()


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at)
