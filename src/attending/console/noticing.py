"""What there is to notice today, most urgent first: sentences made from facts alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from attending.console.standing_words import mode_of
from attending.console.telling import Scope, scopes
from attending.console.words import HELD, SUSPENDED, WAITING, Tag, listed, odds, opened
from attending.decide.standing import EVERYWHERE
from attending.facts.snapshot import LEASE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attending.admit import Folder
    from attending.console.course import Course
    from attending.decide.standing import Hold, Standing
    from attending.facts.entry import Entry
    from attending.facts.verdict import Verdict

NOTICEABLE = 0.5  # of the threshold's logarithm: evidence halfway to a hold looks bad
TOGETHER = 2  # more scopes than this that wait are told in one sentence

LEFT_ALONE = Tag("left alone", "○", "plain")
BROKEN = Tag("cannot be judged", "?", "ochre")
UNCONFIRMED = Tag("not confirmed", "?", "ochre strong")
TO_SIGN = Tag("to sign", "✎", "blue")


@dataclass(frozen=True)
class Sentence:
    """One thing to notice, and the page that says why."""

    tag: Tag
    words: str
    path: tuple[str, ...]
    about: str


Told = tuple["Course", "Folder | None", list[Scope]]


def sentences(courses: Iterable[tuple[Course, Folder | None]], most: int) -> list[Sentence]:
    """Give at most so many sentences, most urgent first."""
    told: list[Told] = [(course, folder, scopes(course, folder)) for course, folder in courses]
    ranked: tuple[Callable[[Told], list[Sentence]], ...] = (
        unconfirmed,
        suspended,
        harmful,
        to_sign,
        held,
        unjudged,
        waiting,
        shown,
        left_alone,
    )
    return [s for kind in ranked for each in told for s in kind(each)][:most]


def unconfirmed(told: Told) -> list[Sentence]:
    """Name the gateways that have not read back what was done."""
    course = told[0]
    waited = course.standing().unconfirmed
    if not waited:
        return []
    words = (
        f"The last move is not confirmed at {listed(sorted(waited))}: it has not read back what"
        f" is to be shown. It shows nothing once its lease of {LEASE_SECONDS} seconds is over."
    )
    return [Sentence(UNCONFIRMED, words, ("rollouts", course.name), course.title)]


def suspended(told: Told) -> list[Sentence]:
    """Say what is suspended where, why, since when, and what was shown since."""
    course, found = told[0], []
    standing = course.standing()
    for hold in standing.holds.values():
        sites = [s for s in dict.fromkeys(p[0] for p in hold.places) if _is_out(standing, s)]
        if not sites:
            continue
        since = sum(course.count(site, "shown", after=_since(course, site)) for site in sites)
        none = "None has been shown there since." if not since else f"{since:,} were shown since."
        names = listed([course.title_of(site) for site in sites])
        words = f"Output is suspended at {names} since day {hold.day}: {hold.because}. {none}"
        found.append(Sentence(SUSPENDED, words, ("rollouts", course.name), course.title))
    return found


def _is_out(standing: Standing, site: str) -> bool:
    return mode_of(standing, site) == "suspended"


def _since(course: Course, site: str) -> int:
    """Give the fact with which a site's suspension took effect: what was said, or done."""
    said = [e for e in course.said if e.fact.type == "suspend/1" and e.fact.site in (site, None)]
    done = [
        e
        for e in course.receipts
        if any(c["site"] == site and c["mode"][1] == "suspended" for c in changes(e))
    ]
    lifts = [e.index for e in course.receipts if e.fact.body["move"] == "lift"]
    last = max(lifts, default=-1)
    return min((e.index for e in [*said, *done] if e.index > last), default=course.cut)


def changes(receipt: Entry) -> list[dict[str, Any]]:
    """Give what a receipt says was changed."""
    return msgspec.convert(receipt.fact.body["changes"], list[dict[str, Any]])


def harmful(told: Told) -> list[Sentence]:
    """Say where harm is shown though nothing is suspended."""
    course, _, found = told
    standing = course.standing()
    return [
        Sentence(
            s.tag,
            f"{said_of(course, s.name)} {s.finding.found}: {s.finding.because}",
            ("gates", course.name, s.name),
            course.title,
        )
        for s in found
        if s.finding.found == "shown to harm" and not _is_out(standing, s.name)
    ]


def to_sign(told: Told) -> list[Sentence]:
    """Say which plans wait for whose signatures."""
    course, found = told[0], []
    for waits in course.standing().pending.values():
        have = [f"{sign.person} as {_role(sign.role)}" for sign in waits.signed]
        roles = listed([f"{r.n} as {_role(r.role)}" for r in waits.plan.requires])
        asks = f"waits for signatures ({roles})" if roles else "waits for somebody to apply it"
        so_far = f"; signed so far by {listed(have)}" if have else ""
        where = waits.plan.wave or course.title_of(waits.plan.scope)
        words = f"A plan for {where} {asks}{so_far}: {waits.plan.because}."
        found.append(Sentence(TO_SIGN, words, ("rollouts", course.name), course.title))
    return found


def _role(role: str) -> str:
    return role.replace("_", " ")


def held(told: Told) -> list[Sentence]:
    """Say what is held, since when and why; what is suspended as well was said already."""
    course, found = told[0], []
    for hold in standing_holds(course):
        words = f"{said_of(course, hold.scope)} held since day {hold.day}: {hold.because}."
        where = ("gates", course.name, hold.scope)
        known = course.today is not None and course.today.finding(hold.scope) is not None
        path = where if known else ("rollouts", course.name)
        found.append(Sentence(HELD, words, path, course.title))
    return found


def standing_holds(course: Course) -> list[Hold]:
    """Give the first hold of each scope, but for what is suspended."""
    standing = course.standing()
    first: dict[str, Hold] = {}
    for hold in standing.holds.values():
        if not _is_out(standing, hold.scope):
            first.setdefault(hold.scope, hold)
    return list(first.values())


def said_of(course: Course, scope: str) -> str:
    """Begin a sentence about a scope."""
    return f"{opened(course.title_of(scope))} {'are' if scope == EVERYWHERE else 'is'}"


def unjudged(told: Told) -> list[Sentence]:
    """Say what cannot be judged for want of outcomes."""
    course, _, found = told
    broken = [(s, v) for s in found for v in s.verdicts if v.word == "error"]
    first = {s.name: (s, v) for s, v in reversed(broken)}
    return [
        Sentence(
            BROKEN,
            f"{opened(s.title)} cannot be judged: {v.because}.",
            ("gates", course.name, s.name),
            course.title,
        )
        for s, v in reversed(first.values())
    ]


def waiting(told: Told) -> list[Sentence]:
    """Say who waits for which evidence, and how long at the volume seen."""
    course, _, found = told
    wait = [s for s in found if s.finding.found == "cannot tell yet"]
    needs = [(need["cases"], s, need) for s in wait for need in s.told["needed"] if need["cases"]]
    if len(wait) > TOGETHER and needs:
        names = listed([s.title for s in wait])
        cases, nearest, need = min(needs, key=lambda item: item[0])
        words = (
            f"{opened(names)} cannot be told yet. Nearest is {nearest.title}:"
            f" about {cases:,} more cases if it is {need['if']}{_days(need)}."
        )
        return [Sentence(WAITING, words, ("rollouts", course.name), course.title)]
    return [
        Sentence(
            WAITING,
            f"{opened(s.title)} cannot be told yet: {_wanted(s)}.",
            ("gates", course.name, s.name),
            course.title,
        )
        for s in wait
    ]


def _wanted(scope: Scope) -> str:
    needs = [need for need in scope.told["needed"] if need["cases"]]
    if not needs:
        return str(scope.told["estimate"].get("refused") or "no case has matured yet")
    return "; ".join(f"{n['cases']:,} more cases if it is {n['if']}{_days(n)}" for n in needs)


def _days(need: dict[str, Any]) -> str:
    days = need["days_at_current_volume"]
    return f", {days:,} days at the volume seen" if days else ""


def shown(told: Told) -> list[Sentence]:
    """Say what has been shown, for better."""
    course, _, found = told
    made = []
    for word in ("shown to help", "no worse than"):
        which = [s for s in found if s.finding.found == word]
        if which:
            are = "is" if len(which) == 1 else "are"
            names = listed([f"{s.title} (day {s.finding.settled_on})" for s in which])
            said = which[0].told["finding"]
            label = f"shown to be {said}" if word == "no worse than" else said
            words = f"{opened(names)} {are} {label}."
            made.append(Sentence(which[0].tag, words, ("use-cases", course.name), course.title))
    return made


def left_alone(told: Told) -> list[Sentence]:
    """Say what looked bad for a while, was not acted on, and turned out well."""
    course, _, found = told
    made = []
    for scope in found:
        if scope.finding.found not in ("no worse than", "shown to help"):
            continue
        worst = _worst(course, scope.name)
        if worst is None or worst[0] < NOTICEABLE:
            continue
        _, day, verdict = worst
        words = (
            f"{opened(scope.title)} looked worse than promised on day {day}"
            f" ({odds(verdict.ln_e_against)}, where {odds(verdict.ln_threshold)} would have held"
            f" it) and was rightly left alone."
        )
        made.append(Sentence(LEFT_ALONE, words, ("gates", course.name, scope.name), course.title))
    return made


def _worst(course: Course, scope: str) -> tuple[float, int, Verdict] | None:
    """Give the nearest that an uncrossed caution ever came to its threshold."""
    found = [
        (v.ln_e_against / v.ln_threshold, d.day, v)
        for d in course.decided
        for v in d.verdicts
        if v.scope == scope and v.listed == "caution" and v.ln_e_against is not None
    ]
    if any(v.settled == "not_met" for _, _, v in found):
        return None
    return max(found, key=lambda item: item[0], default=None)
