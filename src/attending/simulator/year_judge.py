"""The judge of a year: answers to an auditor's questions, set beside what is true, by key.

It reads answers alone (`audit/1`), never the ledger; of each question it compares rows and
exceptions with the diary of whoever did it all, and names every difference.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol

from attending.simulator import desk_judge as desks
from attending.simulator.judging import Row, differ, none, rows, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable

    from attending.simulator.year_diary import Diary

APPROVALS = ("approved", "approved_with_conditions")
MUTED = {
    "shown": "n_shown",
    "silent": "n_silent",
    "suppressed": "n_muted",
    "no_advice": "n_no_advice",
}

Span = tuple[datetime, datetime]


class Ask(Protocol):
    """Whoever asks the platform an auditor's question."""

    def __call__(self, number: int, *, as_of: str = "", since: int | None = None) -> Row:
        """Give the answer as `audit/1`."""


def judged(diary: Diary, ask: Ask, *, approval_days: int, only: Collection[int] = ()) -> list[str]:
    """Compare every question that a year plants something for; give what differs.

    Parameters
    ----------
    diary
        What is true.
    ask
        Asks the platform.
    approval_days
        How long an approval of the committee is in force.
    only
        Questions to ask; all of them when none is named.

    """
    approved, end = _approved(diary, approval_days), diary.marks[-1]["at"]
    checks: dict[int, Callable[[], Iterable[str]]] = {
        1: lambda: _answered(diary, ask(1)),
        2: lambda: _computed_again(diary, ask(2)),
        3: lambda: _approvals(diary, ask(3), approved),
        4: lambda: _in_use(diary, ask(4), approved),
        6: lambda: _live(diary, ask),
        9: lambda: desks.inventory(diary, ask(9, as_of=end)),
        10: lambda: _responses(diary, ask(10)),
        11: lambda: _feedback(diary, ask(11)),
        12: lambda: _burden(diary, ask(12)),
        13: lambda: _not_shown(diary, ask(13)),
        15: lambda: _stops(diary, ask(15)),
        20: lambda: desks.views(diary, ask(20)),
        21: lambda: desks.unaltered(diary, ask(21)),
        25: lambda: desks.incidents(diary, ask(25, as_of=end)),
        32: lambda: _configured(diary, ask),
        33: lambda: _retired(diary, ask(33)),
        34: lambda: desks.kept(diary, ask(34, as_of=end)),
    }
    asked = only or [*checks]
    return [f"question {n}: {miss}" for n in asked for miss in checks[n]()]


# --- approvals ------------------------------------------------------------------------------------


def _approved(diary: Diary, days: int) -> dict[tuple[str, str], list[Span]]:
    """Work out when each release was approved: to its last day, or to the next decision."""
    found: dict[tuple[str, str], list[Span]] = {}
    for each in diary.decisions:
        about, at = (each["tool"], each["release"]), datetime.fromisoformat(each["at"])
        spans = found.setdefault(about, [])
        if spans:
            spans[-1] = (spans[-1][0], min(spans[-1][1], at))
        if each["word"] in APPROVALS:
            last = at.date() + timedelta(days=days + 1)
            spans.append((at, _midnight(last)))
    return found


def _uncovered(start: datetime, end: datetime, spans: list[Span]) -> list[Span]:
    found = []
    for begins, ends in sorted(spans):
        if begins > start:
            found.append((start, min(begins, end)))
        start = max(start, ends)
    return [(a, b) for a, b in [*found, (start, end)] if a < b]


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time.min, UTC)


def _approvals(diary: Diary, answer: Row, approved: dict[tuple[str, str], list[Span]]) -> list[str]:
    said = [(r["use_case"], r["person"], r["said"]) for r in rows(answer, what="vote")]
    votes = [(d["tool"], p, v) for d in diary.decisions for p, v in d["votes"].items()]
    recused = [(r["use_case"], r["person"]) for r in rows(answer, what="recusal")]
    decided = [
        (r["use_case"], r["release"], r["said"], r["at"]) for r in rows(answer, what="decision")
    ]
    live = {r["key"]: (r["use_case"], r["site"], r["at"]) for r in rows(answer, what="went live")}
    wrong = [live.get(each["key"], each["key"]) for each in answer["exceptions"]]
    unapproved = [
        (i["tool"], i["site"], i["from"])
        for i in diary.live
        if not _in(approved, i["tool"], i["release"], datetime.fromisoformat(i["from"]))
    ]
    return [
        *differ("vote", said, votes),
        *differ(
            "recusal", recused, [(d["tool"], d["recused"]) for d in diary.decisions if d["recused"]]
        ),
        *differ(
            "decision",
            decided,
            [(d["tool"], d["release"], d["word"], d["at"]) for d in diary.decisions],
        ),
        *differ(
            "going live", live.values(), [(i["tool"], i["site"], i["from"]) for i in diary.live]
        ),
        *differ("going live unapproved", wrong, unapproved),
    ]


def _in(approved: dict[tuple[str, str], list[Span]], tool: str, release: str, at: datetime) -> bool:
    return any(a <= at < b for a, b in approved.get((tool, release), []))


def _in_use(diary: Diary, answer: Row, approved: dict[tuple[str, str], list[Span]]) -> list[str]:
    ends = [*(r["to"] or "" for r in rows(answer)), *(each["at"] for each in diary.marks)]
    end = max(ends)
    told = [
        (r["use_case"], r["site"], r["release"], r["from"], r["to"] or "", r["n_shown"])
        for r in rows(answer)
    ]
    true = [
        (i["tool"], i["site"], i["release"], i["from"], i["to"], i["shown"]) for i in diary.live
    ]
    wrong = []
    for key in (each["key"] for each in answer["exceptions"]):
        parts = key.split("/")
        wrong.append((parts[0], parts[1], parts[3], parts[5]) if len(parts) > 5 else (key,))  # noqa: PLR2004  place/unit/release/fact/from
    unapproved = [
        (i["tool"], i["site"], i["release"], stamp(start))
        for i in diary.live
        for start, _ in _uncovered(
            datetime.fromisoformat(i["from"]),
            datetime.fromisoformat(i["to"] or end),
            approved.get((i["tool"], i["release"]), []),
        )
    ]
    return [*differ("interval", told, true), *differ("use unapproved", wrong, unapproved)]


# --- what was live, asked and answered --------------------------------------------------------


def _live(diary: Diary, ask: Ask) -> list[str]:
    missed = []
    for mark in diary.marks:
        answer = ask(6, as_of=str(mark["facts"]))
        told = [
            (f"{r['use_case']}/{r['site']}", r["mode"], r["release"] or "")
            for r in rows(answer)
            if r["mode"] != "off"
        ]
        true = [
            (p, mode, release) for p, (mode, release) in mark["stands"].items() if mode != "off"
        ]
        missed += differ(f"as of {mark['at']}, place", told, true) + none(answer)
    return missed


def _answered(diary: Diary, answer: Row) -> list[str]:
    """Every call is about another patient, so that there are as many of both."""
    true = Counter((e["tool"], e["release"] or None, e["site"]) for e in diary.calls)
    told = [(r["use_case"], r["release"], r["site"], r["n"], r["n_patients"]) for r in rows(answer)]
    return differ("answers", told, [(*of, n, n) for of, n in true.items()]) + none(answer)


def _computed_again(diary: Diary, answer: Row) -> list[str]:
    asked = sum(each["word"] in ("shown", "no_advice", "silent") for each in diary.calls)
    told = sum(r["n_equal"] for r in rows(answer))
    return differ("number computed again", [told], [asked]) + none(answer)


def _responses(diary: Diary, answer: Row) -> list[str]:
    last = {each["card"]: (each["word"], each["code"] or None) for each in diary.responses}
    true: Counter[Hashable] = Counter()
    for each in diary.calls:
        if each["word"] == "shown":
            about = (each["tool"], each["release"], each["site"], each["at"][:7])
            who = (each["role"] or "not known", each["unit"] or "not known")
            true[(*about, *who, *last.get(each["card"], ("ignored", None)))] += 1
    told: Counter[Hashable] = Counter()
    for r in rows(answer):
        about = (r["use_case"], r["release"], r["site"], r["month"])
        told[(*about, r["role"], r["unit"], r["response"], r["reason"])] += r["n"]
    return differ("response", told.elements(), true.elements()) + none(answer)


def _feedback(diary: Diary, answer: Row) -> list[str]:
    users = {each["card"]: each["user"] for each in diary.calls if each["card"]}
    told, people = [], set()
    for r in rows(answer):
        card = r["key"].partition("/")[0]
        told.append((card, r["action"], (r["feedback"] or "").rpartition("|")[2], r["date"]))
        people.add((users.get(card), r["user"]))
    true = [(e["card"], e["word"], e["code"], e["at"]) for e in diary.responses]
    missed = differ("feedback", told, true) + none(answer)
    if len({a for a, _ in people}) != len(people) or len({b for _, b in people}) != len(people):
        missed.append("a user has two pseudonyms, or two users one")
    return missed


def _burden(diary: Diary, answer: Row) -> list[str]:
    days: dict[tuple[str, str], Counter[str]] = {}
    for each in diary.calls:
        days.setdefault((each["user"], each["at"][:10]), Counter())[MUTED[each["word"]]] += 1
    names = tuple(MUTED.values())
    true = [(on, *(c[n] for n in names)) for (_, on), c in days.items()]
    told = [(r["day"], *(r[n] for n in names)) for r in rows(answer, what="user and day")]
    return differ("user's day", told, true) + none(answer)


def _not_shown(diary: Diary, answer: Row) -> list[str]:
    true: Counter[Hashable] = Counter(
        (e["tool"], e["release"], e["site"], e["word"]) for e in diary.calls if e["word"] != "shown"
    )
    told: Counter[Hashable] = Counter()
    for r in rows(answer):
        told[r["use_case"], r["release"], r["site"], r["display"]] += r["n"]
    return differ("answer", told.elements(), true.elements()) + none(answer)


# --- stops, changes, retirement -------------------------------------------------------------


def _stops(diary: Diary, answer: Row) -> list[str]:
    ordered = [
        (r["what"], r["use_case"], r["scope"], r["triggered_at"])
        for r in rows(answer, cause="person")
    ]
    true = [(o["verb"], o["tool"], o["scope"], o["at"]) for o in diary.orders]
    limits = [(r["use_case"], r["sites"], r["effect_at"]) for r in rows(answer, cause="safety")]
    return [
        *differ("order", ordered, true),
        *differ("safety limit", limits, [(x["tool"], x["site"], x["at"]) for x in diary.limits]),
        *none(answer),
    ]


def _configured(diary: Diary, ask: Ask) -> list[str]:
    last, first = diary.marks[-1], diary.marks[0]
    answer = ask(32, as_of=str(last["facts"]), since=first["facts"])
    stands = [
        (r["name"].removesuffix("/*"), *r["value"].split()[:2])
        for r in rows(answer, what="in force", kind="mode")
    ]
    orders = [
        (r["name"], r["value"].split()[0], r["author"], r["at"])
        for r in rows(answer, what="changed", kind="order")
    ]
    decided = [
        (r["name"], r["approved_by"] or "", r["at"])
        for r in rows(answer, what="changed", kind="decision")
    ]
    specs = {(r["name"].partition("/")[0], r["author"], r["at"])
             for r in rows(answer, what="changed", kind="spec")}  # fmt: skip
    since = first["facts"]
    return [
        *differ("place", stands, [(p, *stand) for p, stand in last["stands"].items()]),
        *differ(
            "order",
            orders,
            [
                (f"{o['tool']}/{o['scope']}", o["verb"], "nurse", o["at"])
                for o in diary.orders
                if o["facts"] > since
            ],
        ),
        *differ(
            "decision",
            decided,
            [
                (
                    f"{d['tool']}/{d['release']}",
                    ", ".join(sorted(p for p, v in d["votes"].items() if v.startswith("approve"))),
                    d["at"],
                )
                for d in diary.decisions
                if d["facts"] > since
            ],
        ),
        *differ(
            "specs",
            specs,
            [(d["tool"], "engineer", d["at"]) for d in diary.declared if d["facts"] > since],
        ),
        *none(answer),
    ]


def _retired(diary: Diary, answer: Row) -> list[str]:
    told = [
        (r["use_case"], r["site"], r["release"], r["since"]) for r in rows(answer, what="release")
    ]
    true = [(r["tool"], r["site"], r["release"], r["at"]) for r in diary.retired]
    true += [
        (d["tool"], "all", d["release"], d["at"])
        for d in diary.decisions
        if d["word"] == "declined"
    ]
    return [
        *differ("retired release", told, true),
        *desks.keys(diary, answer),
        *none(answer),
    ]
