"""What was proposed, as people read it: the roadmap, what has run over, and what was learned."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date
from typing import TYPE_CHECKING, NamedTuple, cast

from attending.console.governance.proposal_form import ALTERNATIVE, OVERSIGHT, SCORED, labels, words
from attending.console.listing import Cell, Line, Listing
from attending.console.listing import detail as detailed
from attending.console.words import Tag, many, opened
from attending.decide.proposals.intake import Intake, unknown
from attending.decide.proposals.look_alike import look_alikes
from attending.decide.proposals.roadmap import advised, boxes, overruns, ranking, roadmap
from attending.loops.system.intake import differing, followed, lesson_of, words_of
from attending.spec.proposals.proposal import CRITERIA

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attending.console.listing import Detail
    from attending.console.page import Asked
    from attending.decide.proposals.intake import Kept
    from attending.decide.proposals.look_alike import Alike
    from attending.decide.proposals.roadmap import Ranked
    from attending.facts.proposal import Submitted
    from attending.loops.system.intake import Told

QUICK = Tag("quick win", "▸", "teal")
OVER = Tag("over", "❚❚", "ochre")
ENDED = Tag("ended", "○", "plain")
TIERS = {
    "low": Tag("low", "○", "plain"),
    "moderate": Tag("moderate", "◇", "blue"),
    "high": Tag("high", "■", "ochre"),
}
UNKNOWN = Tag("not known", "?", "plain")
LABELS = labels()


def known(asked: Asked) -> Intake:
    """Give everything that was proposed, by the ledger as it is now."""
    desk = asked.parts.intake
    return desk.known() if desk is not None else followed(asked.parts.reader).now()


def today(asked: Asked) -> date:
    """Give the date."""
    return asked.parts.clock.now().astimezone(UTC).date()


def opener(asked: Asked) -> Callable[[str], bytes | None]:
    """Give what opens sealed words; nothing where this copy may not read them."""
    desk = asked.parts.intake
    return desk.opened if desk is not None else _sealed


def _sealed(_digest: str) -> None:
    return None


def score(value: float) -> str:
    """Write a score of 0 to 4."""
    return f"{value:g}"


def lead(intake: Intake, on: date) -> str:
    """Say in a sentence how things stand."""
    ranked, over = roadmap(intake), overruns(intake, on)
    if not ranked:
        return "Nothing is proposed." if not intake.proposals else "Every proposal has ended."
    quick = sum(each.quick for each in ranked)
    among = f"{many(quick, 'quick win')} among them" if quick else "no quick win among them"
    told = f"{many(len(ranked), 'proposal')}, {among}."
    late = f" {opened(many(len(over), 'phase'))} {'has' if len(over) == 1 else 'have'} run over."
    return told + (late if over else "")


def roadmap_list(intake: Intake) -> Listing:
    """List what is proposed, first things first."""
    return Listing(
        title="Roadmap",
        columns=("proposal", "quick win", "impact", "feasibility", "risk", "tier", "submitted"),
        lines=[_ranked(each) for each in roadmap(intake)],
        empty="Nothing is proposed. The form below proposes a tool.",
        heading=False,
    )


def _ranked(each: Ranked) -> Line:
    last, first = each.kept.last, each.kept.first
    why = "" if each.quick else "no: " + each.why_not_quick[0]
    return Line(
        [
            Cell(last.title, href=f"/intake/{last.proposal}"),
            Cell(why, tag=QUICK if each.quick else None),
            Cell("not known" if each.impact is None else score(each.impact)),
            Cell(score(each.feasibility)),
            Cell(score(each.risk)),
            Cell(tag=TIERS[each.tier.tier] if each.tier else UNKNOWN),
            Cell(first.at[:10], fact=last.index),
        ]
    )


def over_list(intake: Intake, on: date) -> Listing:
    """List the phases that have run over."""
    return Listing(
        title="Over their time box",
        columns=("proposal", "phase", "was to end", "over by"),
        lines=[
            Line(
                [
                    Cell(each.kept.last.title, href=f"/intake/{each.kept.last.proposal}"),
                    Cell(each.phase, tag=OVER),
                    Cell(each.to.isoformat()),
                    Cell(many(each.days, "day")),
                ]
            )
            for each in overruns(intake, on)
        ],
        empty="No phase has run over.",
    )


def ended_list(intake: Intake) -> Listing:
    """List the pilots that have ended."""
    return Listing(
        title="Pilots that have ended",
        columns=("proposal", "choice", "what stood in the way", "on"),
        lines=[
            Line(
                [
                    Cell(kept.last.title, href=f"/intake/{kept.last.proposal}"),
                    Cell(words(kept.end.choice)),
                    Cell(", ".join(kept.end.barriers) or "nothing named"),
                    Cell(kept.end.at[:10], fact=kept.end.index),
                ]
            )
            for kept in intake.proposals.values()
            if kept.end is not None
        ],
        empty="No pilot has ended.",
    )


class One(NamedTuple):
    """One proposal, for one page."""

    kept: Kept
    place: str
    over: tuple[str, ...]
    alike: tuple[tuple[Alike, str, str], ...]
    details: tuple[Detail, ...]
    criteria: Listing
    history: tuple[tuple[Submitted, tuple[Told, ...]], ...]
    ends: Listing


def one(intake: Intake, kept: Kept, on: date, opened_by: Callable[[str], bytes | None]) -> One:
    """Tell everything of one proposal."""
    last = kept.last
    return One(
        kept=kept,
        place=_place(intake, kept),
        over=tuple(
            f"{o.phase.capitalize()} was to end on {o.to}, {many(o.days, 'day')} ago."
            for o in overruns(intake, on)
            if o.kept is kept
        ),
        alike=tuple(
            (each, _fate(each), lesson_of(opened_by, each.end.lesson) if each.end else "")
            for each in look_alikes(intake, last)
        ),
        details=_details(intake, kept, opened_by),
        criteria=_criteria(last, opened_by),
        history=_history(kept, opened_by),
        ends=_ends(kept, opened_by),
    )


def _place(intake: Intake, kept: Kept) -> str:
    if kept.end is not None:
        return f"Its pilot ended on {kept.end.at[:10]}: {words(kept.end.choice)}."
    names = [each.kept.last.proposal for each in roadmap(intake)]
    ranked = ranking(intake, kept)
    why = "a quick win" if ranked.quick else f"no quick win: {'; '.join(ranked.why_not_quick)}"
    return f"{names.index(kept.last.proposal) + 1} of {len(names)} on the roadmap, {why}."


def _fate(each: Alike) -> str:
    if each.end is None:
        return f"the inventory says it is {each.claimed}"
    barriers = f"; in the way: {', '.join(each.end.barriers)}" if each.end.barriers else ""
    return f"ended on {each.end.at[:10]}: {words(each.end.choice)}{barriers}"


def _details(
    intake: Intake, kept: Kept, opened_by: Callable[[str], bytes | None]
) -> tuple[Detail, ...]:
    last, plain = kept.last, kept.last.plain
    written = _texts(last, opened_by)
    owners = cast("Mapping[str, str]", plain["after_launch"])
    asks = detailed(
        "What is asked for",
        {
            "Problem": written("problem"),
            "Success": [Cell(row) for row in _metrics(last, written)],
            "Effect": [Cell(row) for row in _effects(last, written)],
            "Priority": words(plain["priority"]),
            "Tool": f"{plain['tool']}, to {plain['task']}: {plain['output']}",
            "Vendor": words(plain["vendor"]),
            "Use case": last.use_case or "",
            "Still open": [Cell(LABELS.get(name, words(name))) for name in unknown(last)],
        },
    )
    who = detailed(
        "Who answers for it",
        {
            "Sponsor": str(plain["sponsor"]),
            "Champion": str(plain["champion"]),
            **{
                name.capitalize(): owners[name]
                for name in ("owner", "decides", "funds", "supports")
            },
        },
    )
    return (asks, who, _scores(intake, kept), *_asked(last, written))


def _scores(intake: Intake, kept: Kept) -> Detail:
    plain, ranked = kept.last.plain, ranking(intake, kept)
    impact = "" if ranked.impact is None else f"{ranked.impact} of 4"
    told = detailed(
        "How it is ranked",
        {
            "Impact": Cell(impact or "not known", fact=intake.table_index),
            **{
                name.capitalize(): f"{score(mean)} of 4: "
                + ", ".join(
                    f"{label.lower()} {words(part)}"
                    for label, part in zip(
                        SCORED[name].values(), _values(plain, name, SCORED[name]), strict=True
                    )
                )
                for name, mean in (("feasibility", ranked.feasibility), ("risk", ranked.risk))
            },
            "Risk tier": Cell(
                tag=TIERS[ranked.tier.tier] if ranked.tier else UNKNOWN,
                fact=ranked.tier.index if ranked.tier else None,
            ),
            "Oversight": [
                Cell(f"{label}: {words(part)}")
                for label, part in zip(
                    OVERSIGHT.values(), _values(plain, "oversight", OVERSIGHT), strict=True
                )
            ],
        },
    )
    note = "What is not known never improves a place: it counts as the least, or the most risk."
    table = f"Impact is read from table {intake.table.version}."
    return replace(told, notes=(note, table))


def _asked(last: Submitted, written: Callable[[str], str]) -> tuple[Detail, ...]:
    told = boxes(last)
    return (
        detailed(
            "Without AI",
            {label: written(f"alternative.{name}") for name, label in ALTERNATIVE.items()},
        ),
        detailed(
            "Six questions",
            {
                label.partition(": ")[2]: written(path)
                for path, label in LABELS.items()
                if path.startswith("six.")
            },
        ),
        detailed(
            "Time boxes", {phase.capitalize(): f"{a} to {b}" for phase, (a, b) in told.items()}
        ),
    )


def _values(plain: Mapping[str, object], name: str, parts: Mapping[str, str]) -> list[object]:
    told = cast("Mapping[str, object]", plain[name])
    return [told[part] for part in parts]


def _texts(last: Submitted, opened_by: Callable[[str], bytes | None]) -> Callable[[str], str]:
    found = words_of(opened_by, last)

    def written(path: str) -> str:
        return "sealed, and cannot be read here" if found is None else found.texts.get(path, "")

    return written


def _metrics(last: Submitted, written: Callable[[str], str]) -> list[str]:
    rows = cast("Mapping[str, Mapping[str, object]]", last.plain["metrics"])
    return [
        f"{written(f'metrics.{i}.metric')}: from {words(row['baseline'])} to {row['target']}"
        f" by {row['by']}"
        for i, row in rows.items()
    ]


def _effects(last: Submitted, written: Callable[[str], str]) -> list[str]:
    rows = cast("Mapping[str, Mapping[str, object]]", last.plain["impact"])
    return [
        f"{opened(str(row['kind']))}: likely {words(row['likely'])} {words(row['unit'])}"
        f" ({words(row['low'])} to {words(row['high'])}); {written(f'impact.{i}.basis')}"
        for i, row in rows.items()
    ]


def _criteria(last: Submitted, opened_by: Callable[[str], bytes | None]) -> Listing:
    told = cast("Mapping[str, Mapping[str, str]]", last.plain["criteria"])
    written = _texts(last, opened_by)
    return Listing(
        title="Build or buy",
        columns=("criterion", "answer", "why"),
        lines=[
            Line(
                [
                    Cell(opened(label)),
                    Cell(words(told[name]["answer"])),
                    Cell(written(f"criteria.{name}.why")),
                ]
            )
            for name, label in CRITERIA.items()
        ],
        empty="No criterion is answered.",
    )


def route_words(last: Submitted) -> str:
    """Say what was chosen, and what the criteria speak for."""
    advice = advised(last)
    speaks = f"speak for: {advice.route}" if advice.route else "do not tell yet"
    return f"Chosen: {last.plain['route']}. The criteria {speaks} ({advice.because})."


def _history(
    kept: Kept, opened_by: Callable[[str], bytes | None]
) -> tuple[tuple[Submitted, tuple[Told, ...]], ...]:
    rows: list[tuple[Submitted, tuple[Told, ...]]] = []
    for was, now in zip((None, *kept.history), kept.history, strict=False):
        rows.append((now, changed(opened_by, was, now) if was is not None else ()))
    return tuple(reversed(rows))


def changed(
    opened_by: Callable[[str], bytes | None], was: Submitted, now: Submitted
) -> tuple[Told, ...]:
    """Tell what differs between two submissions, in the words of the form."""
    told = differing(opened_by, was, now)
    return tuple(each._replace(field=LABELS.get(each.field, words(each.field))) for each in told)


def _ends(kept: Kept, opened_by: Callable[[str], bytes | None]) -> Listing:
    return Listing(
        title="How its pilots ended",
        columns=("on", "choice", "what stood in the way", "what was learned", "by"),
        lines=[
            Line(
                [
                    Cell(end.at[:10], fact=end.index),
                    Cell(words(end.choice)),
                    Cell(", ".join(end.barriers) or "nothing named"),
                    Cell(lesson_of(opened_by, end.lesson)),
                    Cell(end.person),
                ]
            )
            for end in kept.ends
        ],
        empty="No pilot of it has ended.",
    )
