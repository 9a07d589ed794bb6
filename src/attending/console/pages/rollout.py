"""Where is it live, and why is it held? Each site's state by week, and what was done.

It reads receipts and read-backs, so it shows what was done and not what was asked for; a
move stands as not confirmed at a gateway until that gateway has read it back.

It does not tell whether the evidence suffices: the gate's page does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending.console.charts.rollout_weeks import Event, Square, rollout_weeks
from attending.console.noticing import standing_holds
from attending.console.page import NotNow, Page
from attending.console.standing_words import held_by, mode_of, tag_of
from attending.console.telling import scopes
from attending.console.words import EXPANSIONS, listed, opened
from attending.decide.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.admit import Folder
    from attending.console.chart import Chart
    from attending.console.course import Course
    from attending.console.page import Asked, Shown
    from attending.facts.entry import Entry

WEEK = 7
MOST_EVENTS = 8
SHORTEST_REASON = 3


def show(asked: Asked) -> Shown:
    """Give the weeks, the scopes and the moves."""
    course = asked.course(asked.path["use_case"])
    folder, standing = asked.folder(course), course.standing()
    return {
        "course": course,
        "standing": standing,
        "expansion": EXPANSIONS[standing.expansion],
        "held": [(course.title_of(h.scope), h) for h in standing_holds(course)],
        "charts": [weeks(course, folder)] if course.sites and course.receipts else [],
        "sites": {site: tag_of(standing, site, folder) for site in course.sites},
        "scopes": scopes(course, folder),
        "waiting": list(standing.pending.items()),
        "moves": [_move(course, receipt) for receipt in reversed(course.receipts)],
        "said": list(reversed(course.said)),
        "can_hold": asked.parts.actions is not None and asked.as_of is None,
    }


def do(asked: Asked, form: Mapping[str, str]) -> str:
    """Hold, with a reason, in the name of who is signed in."""
    course = asked.course(asked.path["use_case"])
    reason, scope = form.get("reason", "").strip(), form.get("scope", "")
    if asked.parts.actions is None:
        raise NotNow("this copy only reads; hold where the loops run, or with `attending hold`")
    if len(reason) < SHORTEST_REASON:
        raise NotNow("a hold needs a reason that others will understand later")
    if scope not in {"all", *course.sites}:
        raise NotNow("say where to hold", accepted=["all", *course.sites])
    asked.parts.actions.hold(course.name, scope, reason, asked.session.person)
    return f"/rollouts/{course.name}#moves"


def _move(course: Course, receipt: Entry) -> dict[str, Any]:
    body: Any = receipt.fact.body
    return {
        "index": receipt.index,
        "day": body["day"],
        "move": body["move"],
        "scope": course.title_of(body["scope"]),
        "because": body["because"],
        "read_back": listed(sorted(body["read_back"])),
        "missing": listed(course.unconfirmed(receipt)),
        "plan": body["plan"],
    }


def weeks(course: Course, folder: Folder | None) -> Chart:
    """Draw the rollout from its receipts."""
    start = course.first_day
    last = max([course.day or start, *(_day(r) for r in course.receipts)]) - start
    ends: list[tuple[list[Entry], Standing]] = []
    for week in range(last // WEEK + 1):
        done = [r for r in course.receipts if _day(r) - start < (week + 1) * WEEK]
        ends.append((done, course.standing(done[-1].index) if done else Standing()))
    squares = [
        Square(
            title,
            week,
            _state(standing, site, folder),
            next((r.index for r in reversed(done) if _touches(r, site, folder)), None),
        )
        for site, title in course.sites.items()
        for week, (done, standing) in enumerate(ends, 1)
    ]
    title = finding(course, course.standing(), folder)
    about = "each square is one site in one week; a held site still shows answers"
    return rollout_weeks(title, about, squares, _events(course))


def finding(course: Course, standing: Standing, folder: Folder | None) -> str:
    """Say where it is live and what is held: the chart's title."""
    states = {site: _state(standing, site, folder) for site in course.sites}
    live = [s for s, mode in states.items() if mode in ("live", "held")]
    said = [f"live at {len(live)} of {len(states)} sites"]
    held = [course.title_of(s) for s, mode in states.items() if mode == "held"]
    out = [course.title_of(s) for s, mode in states.items() if mode == "suspended"]
    said += [f"{listed(held)} held"] if held else []
    said += [f"{listed(out)} suspended"] if out else []
    return opened("; ".join(said))


def _state(standing: Standing, site: str, folder: Folder | None) -> str:
    mode = mode_of(standing, site)
    return "held" if mode == "live" and held_by(standing.held_for, site, folder) else mode


def _touches(receipt: Entry, site: str, folder: Folder | None) -> bool:
    body: Any = receipt.fact.body
    changed = any(change["site"] == site for change in body["changes"])
    return changed or bool(held_by({body["scope"]: 0}, site, folder))


def _events(course: Course) -> list[Event]:
    """Give the moves, and on which day each scope's gate was settled."""
    events = [
        (_day(r), f"{course.title_of(str(r.fact.body['scope']))}: {r.fact.body['move']}", r.index)
        for r in course.receipts
    ]
    by_day = {d.day: d.index for d in course.decided}
    for scope in scopes(course, None):
        day = scope.deciding.settled_on
        if scope.deciding.listed == "gate" and day is not None:
            word = "met" if scope.deciding.settled == "met" else "not met"
            events.append((day, f"{scope.title}: gate {word}", by_day.get(day, scope.index)))
    return [
        Event((day - course.first_day) // WEEK + 1, f"{label}, day {day}", fact)
        for day, label, fact in sorted(events)[-MOST_EVENTS:]
    ]


def _day(receipt: Entry) -> int:
    return int(str(receipt.fact.body["day"]))


rollout = Page(
    path="/rollouts/{use_case}", question="Where is it live, and why held?", show=show, do=do
)
