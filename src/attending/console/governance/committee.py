"""What a committee has before it: its items, who may vote, and what the votes come to.

Everything is folded from facts by the very code that counts the votes, so that a page cannot
promise one outcome and the close give another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from attending.console.governance.conditions import STATES, owed, rows
from attending.console.rules import sentence
from attending.console.words import (
    FINDINGS,
    SHAPES,
    Tag,
    listed,
    many,
    opened,
    role_words,
)
from attending.decide.committee import close_refusal, outcome, present
from attending.report.text import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.admit import Folder
    from attending.console.course import Course
    from attending.decide.committee import Bench, Item
    from attending.decide.governed import Governed
    from attending.facts.committee import Attendance, Decision

CHOICES = {
    "approve": "Approve",
    "approve_with_conditions": "Approve with these conditions",
    "re_review": "Ask for re-review",
    "decline": "Decline",
    "abstain": "Abstain",
}
SAID = {
    "approve": "approves",
    "approve_with_conditions": "approves with the conditions",
    "re_review": "asks for re-review",
    "decline": "declines",
    "abstain": "abstains",
}
WORDS_OF = {
    "approved": Tag("approved", "✓", "teal"),
    "approved_with_conditions": Tag("approved with conditions", "✓", "teal"),
    "re_review": Tag("re-review", "◇", "plain"),
    "declined": Tag("declined", "✕", "ochre"),
}
OPEN_ITEM = Tag("open for votes", "◇", "blue")
CLOSED_ITEM = Tag("closed", "○", "plain")
EXPIRED = Tag("expired", "✕", "ochre")

Body = dict[str, Any]


class Seat(NamedTuple):
    """One member: what they said, or why they have no say."""

    person: str
    roles: str
    said: str
    why_not: str
    is_sealed: bool
    practices: bool


class Where(NamedTuple):
    """What was found of one scope when the packet was made."""

    scope: str
    title: str
    tag: Tag | None
    because: str
    rules: tuple[tuple[str, Tag], ...]


@dataclass(frozen=True)
class Told:
    """One item, for one who looks at it.

    Attributes
    ----------
    item, course
        What it is, and of which use case.
    index, put_by, put_at
        The fact of its packet; who asked, and when.
    title
        The committee's, as people know it.
    tag
        Open for votes, or closed.
    seats
        Every member.
    there
        Who counts for the quorum.
    comes_to
        What the votes would come to now, in a sentence.
    why_not
        Why the person who looks may not vote; empty where they may.
    why_not_close
        Why they may not close it; empty where they may.

    """

    item: Item
    course: Course
    index: int
    put_by: str
    put_at: str
    title: str
    tag: Tag
    seats: tuple[Seat, ...]
    there: Attendance | None
    comes_to: str
    why_not: str
    why_not_close: str

    @property
    def deciding(self) -> Body:
        """Give what the votes rest on."""
        return self.item.packet.deciding


def items(course: Course, person: str) -> list[Told]:
    """Tell one person of every item of a use case, in the order they were put."""
    governed = course.standing().governed
    packets = [e for e in course.governed if e.fact.type == "packet/1"]
    found = []
    for entry in packets:
        item = governed.items.get(str(entry.fact.body["item"]))
        if item is None or item.packet.digest != entry.fact.body["digest"]:
            continue  # another round of the item followed
        bench = governed.bench(item.packet.committee)
        found.append(
            Told(
                item=item,
                course=course,
                index=entry.index,
                put_by=entry.fact.by.person,
                put_at=entry.fact.at,
                title=bench.committee.title if bench is not None else item.packet.committee,
                tag=CLOSED_ITEM if item.closed else OPEN_ITEM,
                seats=_seats(item, bench),
                there=None if bench is None else present(item, bench),
                comes_to="" if bench is None else comes_to(item, bench),
                why_not=_why_not(item, bench, person),
                why_not_close=_why_not_close(item, bench, person),
            )
        )
    return found


def _seats(item: Item, bench: Bench | None) -> tuple[Seat, ...]:
    seats = []
    for member in bench.committee.members if bench is not None else ():
        name = member.person
        vote = item.votes.get(name)
        said = "" if vote is None else SAID[vote.choice]
        why = "recused" if name in item.recused else (bench.unfit(name) if bench else "") or ""
        seats.append(
            Seat(
                person=name,
                roles=listed([role_words(role) for role in member.roles]),
                said=said,
                why_not=why.removeprefix(f"{name} "),
                is_sealed=vote is not None and bool(vote.dissent),
                practices=bool(bench and bench.practices(name)),
            )
        )
    return tuple(seats)


def comes_to(item: Item, bench: Bench) -> str:
    """Say what the votes would come to, were the item closed now."""
    counted = outcome(item, bench)
    if counted.word is None:
        return f"Closed now, nothing would be decided: {counted.because}."
    return f"Closed now, it would be {WORDS_OF[counted.word].word} ({counted.because})."


def _why_not(item: Item, bench: Bench | None, person: str) -> str:
    if item.closed:
        return "This item is closed."
    if bench is None:
        return "The committee is declared no more."
    if person in item.recused:
        return "You are recused from this item."
    because = bench.unfit(person)
    return "" if because is None else f"{opened(because)}."


def _why_not_close(item: Item, bench: Bench | None, person: str) -> str:
    because = "no committee" if bench is None else close_refusal(item, bench, person)
    return "" if because is None else f"{opened(because)}."


def found_there(told: Told, folder: Folder | None) -> list[Where]:
    """Say what was found of each scope when the packet was made, as verdicts and in words."""
    course, cut = told.course, told.item.packet.cut
    seen = next((d for d in reversed(course.decided) if d.index < cut), None)
    found: dict[str, list[tuple[str, Tag]]] = {}
    for v in rows(told.deciding["verdicts"]):
        word = WORDS[v["listed"]][v["word"]]
        rule = sentence(v["listed"], v["rule"], v["metric"], folder)
        found.setdefault(v["scope"], []).append((rule, Tag(word, *SHAPES[word])))
    words = {f["scope"]: str(f["found"]) for f in rows(told.deciding["findings"])}
    made = []
    for scope in dict.fromkeys([*words, *found]):
        finding = seen.finding(scope) if seen is not None else None
        same = finding is not None and finding.found == words.get(scope)
        because = finding.because if finding is not None and same else ""
        tag = FINDINGS.get(words.get(scope, ""))
        title = course.title_of(scope)
        made.append(Where(scope, title, tag, because, tuple(found.get(scope, ()))))
    return made


def changed(told: Told) -> list[str]:
    """Say what has changed since the packet was made, as far as facts have it.

    Were the item closed, all of it would be asked about again; any change makes the votes
    stale, and the item is reviewed again.
    """
    was, course = told.deciding, told.course
    standing = course.standing()
    now = {
        "suspended": [
            site if unit == "*" else f"{site}/{unit}"
            for (site, unit), spot in sorted(standing.spots.items())
            if spot.mode == "suspended"
        ],
        "held": sorted(hold.because for hold in standing.holds.values()),
    }
    said = []
    if dict(sorted(course.digests.items())) != was["specs"]:
        said.append("The specs were declared anew.")
    for name in ("suspended", "held"):
        new, gone = {*now[name]} - {*was[name]}, {*was[name]} - {*now[name]}
        said += [f"{opened(name)} since: {course.title_of(each)}." for each in sorted(new)]
        said += [f"No longer {name}: {course.title_of(each)}." for each in sorted(gone)]
    before = {c["id"]: c["state"] for c in rows(was["conditions"])}
    for each in owed(course, standing.governed):
        word = {tag: state for state, tag in STATES.items()}[each.tag]
        known = before.get(each.id)
        if known != word and (known is not None or word in ("open", "broken")):
            said.append(f"Condition {each.id} is {each.tag.word}: {each.because}.")
    return said + _moved(told)


def _moved(told: Told) -> list[str]:
    """Say which findings a later day changed."""
    today = told.course.today
    if today is None or today.index < told.item.packet.cut:
        return []
    was = {f["scope"]: f["found"] for f in rows(told.deciding["findings"])}
    return [
        f"{opened(told.course.title_of(f.scope))}: {was.get(f.scope, 'nothing')}, now {f.found}."
        for f in today.findings
        if was.get(f.scope) != f.found
    ]


def decision_of(told: Told) -> tuple[Decision | None, Body, int] | None:
    """Give what an item came to: the decision, the fact's body and its index."""
    governed, packet = told.course.standing().governed, told.item.packet
    for entry in reversed(told.course.governed):
        body: Body = entry.fact.body
        if entry.fact.type in ("decision/1", "no_decision/1"):
            if body["packet_digest"] != packet.digest:
                continue
            last = governed.decisions.get(str(body.get("release", "")))
            same = last is not None and last.digest == body.get("digest")
            return (last if same else None), body, entry.index
    return None


def quorum_words(there: Attendance) -> str:
    """Say who is there, of whom the quorum asks."""
    return (
        f"{many(there.voting, 'voting member')} (a quorum is {there.voting_wanted}),"
        f" {there.practicing} practicing where it is used (at least {there.practicing_wanted})"
    )


def decided(course: Course, date: str) -> Body:
    """Give what a committee has decided on one use case, as it stands on a date."""
    governed = course.standing().governed
    return {
        "course": course,
        "decisions": [
            (d, standing_tag(d, date), _title(governed, d.committee))
            for d in governed.decisions.values()
        ],
        "owed": owed(course, governed),
        "has_committee": bool(governed.committees),
    }


def _title(governed: Governed, committee: str) -> str:
    there = governed.committees.get(committee)
    return committee if there is None else there.title


def standing_tag(decision: Decision, date: str) -> Tag:
    """Give a decision's tag on a date: its word, or that its time is over."""
    over = decision.approves and date > decision.expires_on
    return EXPIRED if over else WORDS_OF[decision.word]


def for_votes(courses: Iterable[Course], person: str) -> list[Told]:
    """Give every item that is open, of all use cases, in the order they were put."""
    found = [t for course in courses for t in items(course, person) if not t.item.closed]
    return sorted(found, key=lambda told: told.put_at)
