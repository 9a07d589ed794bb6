"""What there is to notice today, most urgent first: sentences made from facts alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attending.console.telling import Scope, scopes
from attending.console.words import HELD, SUSPENDED, WAITING, Tag, listed, odds, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attending.admit import Folder
    from attending.console.course import Course
    from attending.facts.verdict import Verdict

NOTICEABLE = 0.5  # of the threshold's logarithm: evidence halfway to a hold looks bad
TOGETHER = 2  # more scopes than this that wait are told in one sentence

LEFT_ALONE = Tag("left alone", "–", "plain")
TELLS = Tag("told", "✓", "teal")
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
    return [
        Sentence(
            UNCONFIRMED,
            f"{opened(str(receipt.fact.body['move']))} of"
            f" {course.title_of(str(receipt.fact.body['scope']))} is not confirmed at"
            f" {listed(missing)}.",
            ("rollouts", course.name),
            course.title,
        )
        for receipt in course.receipts
        if (missing := course.unconfirmed(receipt))
    ]


def suspended(told: Told) -> list[Sentence]:
    """Say what is suspended where, why, since when, and what was shown since."""
    course, found = told[0], []
    for receipt in course.receipts:
        body: Any = receipt.fact.body
        sites = [c["site"] for c in body["changes"] if c["mode"][1] == "suspended"]
        here = [s for s in sites if course.standing().at(s).mode == "suspended"]
        if not here:
            continue
        since = sum(course.count(site, "shown", after=receipt.index) for site in here)
        none = "None has been shown there since." if not since else f"{since:,} were shown since."
        names = listed([course.title_of(site) for site in here])
        words = f"Output is suspended at {names} since day {body['day']}: {body['because']}. {none}"
        found.append(Sentence(SUSPENDED, words, ("rollouts", course.name), course.title))
    return found


def harmful(told: Told) -> list[Sentence]:
    """Say where harm is shown though nothing is suspended."""
    course, _, found = told
    standing = course.standing()
    return [
        Sentence(
            s.tag,
            f"{opened(s.title)} is {s.finding.found}: {s.finding.because}",
            ("gates", course.name, s.name),
            course.title,
        )
        for s in found
        if s.finding.found == "shown to harm" and s.name not in standing.suspended_for
    ]


def to_sign(told: Told) -> list[Sentence]:
    """Say which plans wait for whose signatures."""
    course, found = told[0], []
    for plan in course.waiting():
        body: Any = plan.fact.body["plan"]
        if body["requires"]:
            roles = listed([f"{r['n']} as {r['role'].replace('_', ' ')}" for r in body["requires"]])
            words = f"A plan for {course.title_of(body['scope'])} waits for signatures: {roles}."
            found.append(Sentence(TO_SIGN, words, ("rollouts", course.name), course.title))
    return found


def held(told: Told) -> list[Sentence]:
    """Say what is held, since when and why."""
    course, found = told[0], []
    standing = course.standing()
    for scope, day in standing.held_for.items():
        receipt = next(
            (e for e in reversed(course.receipts) if _holds(e.fact.body, scope)), None
        )
        because = str(receipt.fact.body["because"]) if receipt is not None else ""
        words = f"{opened(course.title_of(scope))} is held since day {day}: {because}."
        found.append(Sentence(HELD, words, ("gates", course.name, scope), course.title))
    return found


def _holds(body: dict[str, Any], scope: str) -> bool:
    return body["scope"] == scope and body["move"] == "hold"


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
            made.append(Sentence(TELLS, words, ("use-cases", course.name), course.title))
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
