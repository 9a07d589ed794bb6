"""What there is to notice today, most urgent first: sentences made from facts alone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.console.governance.committee import items, quorum_words
from attending.console.plans import plans
from attending.console.sentence import Sentence
from attending.console.standing_words import held_by, mode_of
from attending.console.telling import Scope, scopes
from attending.console.words import (
    HELD,
    SUSPENDED,
    WAITING,
    Tag,
    are,
    in_days,
    listed,
    many,
    odds,
    opened,
    role_words,
    with_titles,
)
from attending.decide.plan import crossing
from attending.facts.snapshot import LEASE_SECONDS
from attending.loops.measure import metric_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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
BROKEN_CONDITION = Tag("condition broken", "✕", "ochre strong")
TO_VOTE = Tag("to vote", "✎", "blue")
TO_SIGN = Tag("to sign", "✎", "blue")
TO_APPLY = Tag("to apply", "▸", "blue")

Told = tuple["Course", "Folder | None", list[Scope]]


def sentences(
    courses: Iterable[tuple[Course, Folder | None]],
    most: int,
    *,
    person: str = "",
    wrong: Sequence[Sentence] = (),
) -> list[Sentence]:
    """Give at most so many sentences for one person, most urgent first; `wrong` after stops."""
    told: list[Told] = [(course, folder, scopes(course, folder)) for course, folder in courses]
    ranked: tuple[Callable[[Told], list[Sentence]], ...] = (
        unconfirmed,
        suspended,
        broken,
        harmful,
        partial(to_vote, person=person),
        to_sign,
        held,
        unjudged,
        waiting,
        shown,
        left_alone,
    )
    found = [[s for each in told for s in kind(each)] for kind in ranked]
    return [s for part in (*found[:2], wrong, *found[2:]) for s in part][:most]


def unconfirmed(told: Told) -> list[Sentence]:
    """Name the gateways that have not read back what was done."""
    course = told[0]
    waited = course.standing().unconfirmed
    if not waited:
        return []
    words = f"The last move is not confirmed at {listed(course.named(sorted(waited)))}: it has not"
    words += " read back what is to be shown. It shows nothing once its lease of"
    words += f" {LEASE_SECONDS} seconds is over."
    return [Sentence(UNCONFIRMED, words, ("rollouts", course.name), course.title)]


def suspended(told: Told) -> list[Sentence]:
    """Say what is suspended where, why, since when, and what was shown since."""
    course, found = told[0], []
    for sites, holds in outs(course.standing()):
        since = sum(course.count(site, "shown", after=_since(course, site)) for site in sites)
        none = "None has been shown there since."
        shown = f"{since:,} {'was' if since == 1 else 'were'} shown since." if since else none
        names = listed([course.title_of(site) for site in sites])
        words = f"Output is suspended at {names}{because(course, holds)}. {shown}"
        found.append(Sentence(SUSPENDED, words, ("rollouts", course.name), course.title))
    return found


def outs(standing: Standing) -> list[tuple[list[str], list[Hold]]]:
    """Give each suspended site once, together with those suspended for the same reasons."""
    found: dict[tuple[str, ...], list[str]] = {}
    for site in dict.fromkeys(place[0] for place in standing.spots):
        if _is_out(standing, site):
            about = (k for k, h in standing.holds.items() if site in {p[0] for p in h.places})
            found.setdefault(tuple(about), []).append(site)
    return [(sites, [standing.holds[k] for k in keys]) for keys, sites in found.items()]


def because(course: Course, holds: list[Hold]) -> str:
    """Give the reasons of holds, each once; empty where none is known.

    A safety limit and the caution it implies, crossed on one day, are one reason.
    """
    limits = {(h.scope, h.day) for h in holds if h.cause == "safety"}
    told = dict.fromkeys(
        (h.day, _reason(course, h))
        for h in holds
        if h.cause != "caution" or (h.scope, h.day) not in limits
    )
    return "; and".join(f" since {course.on(day)}, {reason}" for day, reason in told)


def _reason(course: Course, hold: Hold) -> str:
    """Write why; what a person said begins with who said it, as the fact has it."""
    if hold.cause != "person":
        title, reason = _crossed_metric(course, hold), with_titles(hold.because, course.sites)
        return f"{title} {reason}" if title else reason
    person, _, reason = hold.because.partition(": ")
    return f"as {person} said: {reason}"


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
    return shapes.convert(receipt.fact.body["changes"], list[dict[str, Any]])


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


def broken(told: Told) -> list[Sentence]:
    """Say which conditions a committee set are broken, until another decision closes them."""
    course = told[0]
    return [
        Sentence(
            BROKEN_CONDITION,
            f"Condition {name} is broken: {held.because}.",
            ("committee",),
            course.title,
        )
        for name, held in course.standing().governed.of_state("broken").items()
    ]


def to_vote(told: Told, *, person: str) -> list[Sentence]:
    """Say what waits for a committee's votes, and for this person's own."""
    course = told[0]
    found = []
    for each in items(course, person):
        if each.item.closed or each.there is None:
            continue
        packet, mine = each.item.packet, each.item.votes.get(person)
        whose = "your vote" if not each.why_not and mine is None else "the committee's votes"
        words = (
            f"Whether {each.deciding['release']} may be used waits for {whose}"
            f" ({each.title}, meeting {packet.meeting}): so far {quorum_words(each.there)}."
        )
        found.append(Sentence(TO_VOTE, words, ("committee", packet.digest), course.title))
    return found


def to_sign(told: Told) -> list[Sentence]:
    """Say which plans wait for whose signatures, or for somebody to apply them."""
    course, folder, _ = told
    found = []
    for waits in plans(course, folder, course.standing(), ""):
        wanted = [f"{w.n} as {role_words(w.role)}" for w in waits.wanted]
        have = [f"{p} as {role_words(w.role)}" for w in waits.wanted for p in w.people]
        asks = "waits for somebody to apply it"
        if waits.against:
            asks = "waits, and cannot be applied as it is"
        elif waits.wanting:
            asks = f"waits for signatures ({listed(wanted)})"
        so_far = f"; signed so far by {listed(have)}" if have else ""
        words = f"A plan for {waits.title} {asks}{so_far}: {waits.because}."
        tag = TO_SIGN if waits.wanting else TO_APPLY
        found.append(Sentence(tag, words, ("rollouts", course.name), course.title))
    return found


def held(told: Told) -> list[Sentence]:
    """Say what is held, since when and why; what is suspended as well was said already."""
    course, folder, _ = told
    found = []
    for scope, holds in standing_holds(course.standing(), folder).items():
        words = f"{said_of(course, scope)} held{because(course, holds)}."
        if _modes(course.standing(), scope, folder) == {"silent"}:
            stays = "stays" if are([scope]) == "is" else "stay"
            title = opened(course.title_of(scope))
            words = f"{title} {stays} silent, held{because(course, holds)}."
        known = course.today is not None and course.today.finding(scope) is not None
        path = ("gates", course.name, scope) if known else ("rollouts", course.name)
        found.append(Sentence(HELD, words, path, course.title))
    return found


def standing_holds(standing: Standing, folder: Folder | None) -> dict[str, list[Hold]]:
    """Give the holds of each scope, but for scopes of which all is suspended."""
    found: dict[str, list[Hold]] = {}
    for hold in standing.holds.values():
        if not _all_out(standing, hold.scope, folder):
            found.setdefault(hold.scope, []).append(hold)
    return found


def _all_out(standing: Standing, scope: str, folder: Folder | None) -> bool:
    """Tell whether all that a scope holds, of what ever answered, is suspended."""
    return _modes(standing, scope, folder) == {"suspended"}


def _modes(standing: Standing, scope: str, folder: Folder | None) -> set[str]:
    """Give the modes of a scope's sites, but for those that are off."""
    there = dict.fromkeys(place[0] for place in standing.spots)
    modes = {mode_of(standing, site) for site in there if held_by({scope: 0}, site, folder)}
    return modes - {"off"}


def whys(course: Course, folder: Folder | None) -> list[Sentence]:
    """Say what is not confirmed, what is suspended and what is held: a page's first lines."""
    told: Told = (course, folder, [])
    return [*unconfirmed(told), *suspended(told), *held(told)]


def said_of(course: Course, scope: str) -> str:
    """Begin a sentence about a scope."""
    return f"{opened(course.title_of(scope))} {are([scope])}"


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
    course, folder, found = told
    stands = course.standing()
    begun = [
        s for s in found if s.deciding.estimate.matured or _modes(stands, s.name, folder)
    ]  # where it is off nobody waits
    wait = [s for s in begun if s.finding.found == "cannot tell yet"]
    needs = [(need["cases"], s, need) for s in wait for need in s.told["needed"] if need["cases"]]
    if len(wait) > TOGETHER and needs:
        names = listed([s.title for s in wait])
        _, nearest, need = min(needs, key=lambda item: item[0])
        words = (
            f"Cannot tell yet about {names}. Nearest is {nearest.title}:"
            f" about {_cases(need)} if it is {need['if']}."
        )
        return [Sentence(WAITING, words, ("rollouts", course.name), course.title)]
    return [
        Sentence(
            WAITING,
            f"Cannot tell yet about {s.title}: {_wanted(s)}.",
            ("gates", course.name, s.name),
            course.title,
        )
        for s in wait
    ]


def _wanted(scope: Scope) -> str:
    needs = [need for need in scope.told["needed"] if need["cases"]]
    if not needs:
        return str(scope.told["estimate"].get("refused") or "no case has matured yet")
    return "; ".join(f"about {_cases(n)} if it is {n['if']}" for n in needs)


def _cases(need: dict[str, Any]) -> str:
    return f"{many(need['cases'], 'more case')}{in_days(need['days_at_current_volume'])}"


def shown(told: Told) -> list[Sentence]:
    """Say what has been shown, for better."""
    course, _, found = told
    made = []
    for word in ("shown to help", "no worse than", "good enough"):
        which = [s for s in found if s.finding.found == word]
        if which:
            names = listed([f"{s.title} ({_settled(course, s)})" for s in which])
            said = which[0].told["finding"]
            label = f"shown to be {said}" if word == "no worse than" else said
            words = f"{opened(names)} {are([s.name for s in which])} {label}."
            made.append(Sentence(which[0].tag, words, ("use-cases", course.name), course.title))
    return made


def _crossed_metric(course: Course, hold: Hold) -> str:
    """Give the title of the metric whose crossing a hold answers; empty where it answers none."""
    verdicts = course.today.verdicts if course.today is not None else ()
    about = (v.metric for v in verdicts if crossing(v) == hold.answers)
    found = next(about, "").partition("/")[0]
    return metric_named(found).title.partition(",")[0] if found else ""


def _settled(course: Course, scope: Scope) -> str:
    day = scope.finding.settled_on
    return "" if day is None else course.on(day, briefly=True)


def left_alone(told: Told) -> list[Sentence]:
    """Say what looked bad for a while, was not acted on, and turned out well."""
    course, _, found = told
    made = []
    for scope in found:
        if scope.finding.found not in ("no worse than", "shown to help", "good enough"):
            continue
        worst = _worst(course, scope.name)
        if worst is None or worst[0] < NOTICEABLE:
            continue
        _, day, verdict = worst
        words = (
            f"{opened(scope.title)} looked worse than promised on {course.on(day)}"
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
