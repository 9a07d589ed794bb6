"""Where is it live, and why is it held? Each site's state by week, and what was done.

It reads receipts and read-backs, so it shows what was done and not what was asked for; a
move stands as not confirmed at a gateway until that gateway has read it back.

It does not tell whether the evidence suffices: the gate's page does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending.console.access import reads
from attending.console.charts.rollout_weeks import Event, Square, rollout_weeks
from attending.console.governance.again import shows_again
from attending.console.noticing import whys
from attending.console.page import NotNow, Page
from attending.console.plans import plans
from attending.console.standing_words import held_by, state_of, tag_of
from attending.console.telling import scopes
from attending.console.waves import steps
from attending.console.words import EXPANSIONS, listed, many, opened, with_titles
from attending.decide.permissions import Need
from attending.decide.standing import Standing
from attending.errors import NoSuchName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.admit import Folder
    from attending.console.chart import Chart
    from attending.console.course import Course
    from attending.console.page import Asked, Shown
    from attending.facts.entry import Entry

WEEK, MOST_EVENTS = 7, 8
SHORTEST_REASON = 3
ACTS = {"sign": Need("sign", "plan"), "apply": Need("apply", "plan")}
DONE = {
    "hold": "held",
    "suspend": "suspended",
    "lift": "lifted to silent",
    "resume": "resumed",
    "advance": "opened",
    "listen": "answers silently",
}


def show(asked: Asked) -> Shown:
    """Give the weeks, the scopes, what waits and the moves."""
    course = asked.course(asked.path["use_case"])
    folder, standing = asked.folder(course), course.standing()
    acts = asked.parts.actions is not None and asked.as_of is None
    return {
        "course": course,
        "expansion": EXPANSIONS[standing.expansion],
        "whys": whys(course, folder),
        "charts": [weeks(course, folder)] if course.sites and course.receipts else [],
        "sites": {site: tag_of(standing, site, folder) for site in course.sites},
        "scopes": scopes(course, folder),
        "steps": steps(course, folder, standing),
        "plans": plans(course, folder, standing, asked.session.person),
        "asked_for": standing.orders,
        "moves": moves(course),
        "again": acts and shows_again(asked, course),
        "acts": acts,
        "suspended": any(spot.mode == "suspended" for spot in standing.spots.values()),
        "shortest": SHORTEST_REASON,
    }


def do(asked: Asked, form: Mapping[str, str]) -> str:
    """Sign a plan or apply it, in the name of who is signed in."""
    course, what = asked.course(asked.path["use_case"]), form.get("what", "")
    if asked.parts.actions is None:
        raise NotNow(f"this copy only reads; {what} where the loops run")
    digest = form.get("plan", "")
    if what == "sign":
        asked.parts.actions.sign(course.name, digest, role=form.get("role", ""), by=asked.vouched)
    elif what == "apply":
        if form.get("yes") != "yes":
            raise NotNow("tick that you have read what would change")
        asked.parts.actions.apply(course.name, digest)
    else:
        raise NoSuchName(what, "what a plan can be asked for", ACTS)
    return f"/rollouts/{course.name}#{'plans' if what == 'sign' else 'moves'}"


def moves(course: Course) -> list[dict[str, Any]]:
    """Give what was done, the last first; what was done at once and for one reason is one."""
    made: list[dict[str, Any]] = []
    for receipt in reversed(course.receipts):
        move = _move(course, receipt)
        same = ("day", "scope", "because")
        if made and all(made[-1][name] == move[name] for name in same):
            made[-1]["moves"] = [*move["moves"], *made[-1]["moves"]]
            made[-1]["receipts"] = [*move["receipts"], *made[-1]["receipts"]]
            made[-1]["missing"] = sorted({*made[-1]["missing"], *move["missing"]})
            made[-1]["read"] = sorted({*made[-1]["read"], *move["read"]} - {*made[-1]["missing"]})
        else:
            made.append(move)
    return made


def _move(course: Course, receipt: Entry) -> dict[str, Any]:
    body: Any = receipt.fact.body
    missing = course.unconfirmed(receipt)
    asked = {*body["read_back"], *body.get("not_confirmed", ())}
    return {
        "day": body["day"],
        "moves": [DONE.get(body["move"], body["move"])],
        "scope": _where(course, body),
        "because": with_titles(body["because"], course.sites),
        "read": course.named(sorted(asked - {*missing})),
        "missing": course.named(missing),
        "receipts": [receipt.index],
    }


def _where(course: Course, body: dict[str, Any]) -> str:
    of_wave = body["move"] in ("advance", "listen")
    return f"wave {body['scope']}" if of_wave else course.title_of(body["scope"])


def weeks(course: Course, folder: Folder | None) -> Chart:
    """Draw the rollout from its receipts."""
    start = course.first_day
    last = max([course.day or start, *(_day(r) for r in course.receipts)]) - start
    ends: list[tuple[list[Entry], Standing]] = []
    for week in range(last // WEEK + 1):
        done = [r for r in course.receipts if _day(r) - start < (week + 1) * WEEK]
        ends.append((done, course.standing(done[-1].index) if done else Standing()))
    now = course.standing()
    ends[-1] = (ends[-1][0], now)  # what was said and has no receipt yet is so already
    squares = [
        Square(
            title,
            week,
            state_of(standing, site, folder),
            next((r.index for r in reversed(done) if _touches(r, site, folder)), None),
        )
        for site, title in course.sites.items()
        for week, (done, standing) in enumerate(ends, 1)
    ]
    title = finding(course, now, folder)
    about = "each square is one site in one week; a held site still shows answers"
    return rollout_weeks(title, about, squares, _events(course))


def finding(course: Course, standing: Standing, folder: Folder | None) -> str:
    """Say where it is live and what is held: the chart's title."""
    states = {site: state_of(standing, site, folder) for site in course.sites}
    live = [s for s, mode in states.items() if mode in ("live", "held")]
    said = [f"live at {len(live)} of {many(len(states), 'site')}"]
    for state in ("silent", "held", "suspended"):
        there = [course.title_of(site) for site, mode in states.items() if mode == state]
        said += [f"{listed(there)} {state}"] if there else []
    return opened("; ".join(said))


def _touches(receipt: Entry, site: str, folder: Folder | None) -> bool:
    body: Any = receipt.fact.body
    changed = any(change["site"] == site for change in body["changes"])
    return changed or bool(held_by({body["scope"]: 0}, site, folder))


def _events(course: Course) -> list[Event]:
    """Give what was done and settled: of one day and scope in one line, not one each."""
    found: dict[tuple[int, str], list[tuple[str, int]]] = {}
    by_day = {d.day: d.index for d in course.decided}
    for scope in scopes(course, None):
        day = scope.deciding.settled_on
        if scope.deciding.listed == "gate" and day is not None:
            word = "gate met" if scope.deciding.settled == "met" else "gate not met"
            at = by_day.get(day, scope.index)
            found.setdefault((day, scope.title), []).append((word, at))
    for receipt in course.receipts:
        body: Any = receipt.fact.body
        done = (DONE.get(body["move"], body["move"]), receipt.index)
        found.setdefault((body["day"], _where(course, body)), []).append(done)
    return [
        Event((day - course.first_day) // WEEK + 1, f"{where}: {_words(said)}, day {day}", fact)
        for (day, where), said in sorted(found.items())[-MOST_EVENTS:]
        for fact in [said[-1][1]]
    ]


def _words(said: list[tuple[str, int]]) -> str:
    words = list(dict.fromkeys(word for word, _ in said))
    return listed([word for word in words if word != "held" or "suspended" not in words])


def _day(receipt: Entry) -> int:
    return int(str(receipt.fact.body["day"]))


rollout = Page(
    "/rollouts/{use_case}", "Where is it live, and why held?", show, do, needs=reads("evidence"),
    acts=ACTS, narrows=True, under="/use-cases",
)  # fmt: skip
