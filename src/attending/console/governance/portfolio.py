"""The portfolio as people read it: what is claimed of a tool beside what is found of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from attending.console.listing import Cell, Detail, Line, Listing, detail
from attending.console.words import LIVE, Tag, many, opened
from attending.decide.tools.scale_review import QUESTIONS
from attending.errors import NoSuchName
from attending.facts.inventory_columns import CHOICES, COLUMNS, SPEND_COLUMN, written
from attending.facts.tool import SAME_AS
from attending.loops.system.portfolio import following

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from attending.console.history import History
    from attending.decide.tools.maturity import Maturity
    from attending.decide.tools.portfolio import Portfolio
    from attending.decide.tools.scale_review import Reviewed
    from attending.decide.tools.tool_findings import Answer, Found
    from attending.facts.tool import Doubt, Tool

PRODUCTION = {
    "yes": Tag("in production", "✓", "teal"),
    "no": Tag("not in production", "○", "plain"),
    "not known": Tag("not known", "◇", "plain"),
}
MET = {
    "yes": Tag("yes", "✓", "teal"),
    "no": Tag("no", "✕", "ochre"),
    "not known": Tag("not known", "◇", "plain"),
}
WRONG = {  # where yes is what should not be
    "yes": Tag("yes", "✕", "ochre"),
    "no": Tag("no", "✓", "teal"),
    "not known": MET["not known"],
}
STALLED = Tag("stalled", "❚❚", "ochre")
OWNERLESS = Tag("no owner", "✕", "ochre")
DUPLICATE = Tag("duplicate", "✕", "ochre")
OVERLAPS = Tag("overlap", "◇", "plain")
GONE = Tag("not in the last workbook", "○", "plain")

FILTERS: dict[str, tuple[str, Callable[[Found], bool]]] = {
    "all": ("all", lambda _: True),
    "production": ("in production", lambda f: f.production.word == "yes"),
    "stalled": ("stalled", lambda f: f.stalled.word == "yes"),
    "ownerless": ("without an owner", lambda f: f.ownerless.word == "yes"),
    "doubled": ("done twice", lambda f: bool(f.overlaps)),
    "doubts": ("with doubts", lambda f: bool(f.listed is not None and f.listed.doubts)),
}


def portfolio_of(history: History) -> Portfolio:
    """Give the portfolio as it stands; what was folded of a ledger stays folded."""
    return history.folded("portfolio", following)


def tags_of(found: Found) -> tuple[Tag, ...]:
    """Give what stands out about a tool, besides whether it is in production."""
    seen = [STALLED] * (found.stalled.word == "yes") + [OWNERLESS] * (found.ownerless.word == "yes")
    if found.overlaps:
        seen.append(DUPLICATE if found.duplicates else OVERLAPS)
    if found.listed is not None and found.listed.is_gone:
        seen.append(GONE)
    return tuple(seen)


class Row(NamedTuple):
    """One tool in the list."""

    href: str
    title: str
    tool: str
    claim: str
    production: Tag
    live: str
    tags: tuple[Tag, ...]
    owner: str
    doubts: int
    sorted: str


def rows_of(found: Sequence[Found], reviews: Mapping[str, Reviewed], *, only: str) -> list[Row]:
    """Give the list, or what one filter leaves of it.

    Raises
    ------
    NoSuchName
        There is no such filter.

    """
    if only not in FILTERS:
        raise NoSuchName(only, "the filters of the portfolio", FILTERS)
    keep = FILTERS[only][1]
    return [_row(each, reviews[each.tool]) for each in found if keep(each)]


def _row(found: Found, review: Reviewed) -> Row:
    tool = found.listed.tool if found.listed is not None else None
    sites = found.use.live_sites if found.use is not None else ()
    claim = (tool.claimed_status or "not known") if tool is not None else "not in the inventory"
    return Row(
        href=f"/portfolio/{quote(found.tool, safe='')}",
        title=found.title,
        tool=found.tool,
        claim=claim.replace("_", " "),
        production=PRODUCTION[found.production.word],
        live=f"{LIVE.word} at {many(len(sites), 'site')}" if sites else "",
        tags=tags_of(found),
        owner=owner_of(found),
        doubts=len(found.listed.doubts) if found.listed is not None else 0,
        sorted=review.result,
    )


def owner_of(found: Found) -> str:
    """Give who answers for a tool: the spec's owner after launch, else the row's."""
    if found.use is not None and found.use.spec is not None:
        return found.use.spec.after_launch.owner
    owner = found.listed.tool.owner if found.listed is not None else None
    return owner or "not known"


def stage_listing(stage: Maturity) -> Listing:
    """Give every test of the four stages, with what it rests on."""
    lines = [
        Line(
            [
                Cell(opened(asks)),
                Cell(str(number)),
                Cell(opened(answer.because), tag=MET[answer.word]),
                Cell(*_proof(answer)),
            ]
        )
        for number, asks, answer in stage.tests
    ]
    return Listing("What each stage asks", ("asks", "stage", "answer", "proof"), lines, "")


def _proof(answer: Answer) -> tuple[str, None, str]:
    """Name the facts behind an answer, and lead to the last of them."""
    if not answer.facts:
        return "none", None, ""
    n, last = len(answer.facts), answer.facts[-1]
    words = f"fact {last:,}" if n == 1 else f"{n:,} facts, the last {last:,}"
    return words, None, f"/facts/{last}"


def found_detail(found: Found, review: Reviewed) -> tuple[Detail, Detail]:
    """Give what is found of one tool, and the review's four questions."""
    same = [
        Cell(
            f"{other.other}: the same task and output"
            + (f", both used in {', '.join(other.units)}" if other.units else ""),
            tag=DUPLICATE if other.units else OVERLAPS,
            href=f"/portfolio/{quote(other.other, safe='')}",
        )
        for other in found.overlaps
    ]
    told = {
        "In production": said(found.production, PRODUCTION),
        "Stalled": said(found.stalled, WRONG),
        "Nobody owns it": said(found.ownerless, WRONG),
        "Does what another does": same or [Cell("none that is known")],
    }
    asked = {
        asks: said(answer, MET) for asks, answer in zip(QUESTIONS, review.answers, strict=True)
    }
    by = f", as {review.said[1]} says; computed: {review.computed}" if review.said else ""
    result = [Cell(f"{opened(review.result)}{by}"), Cell(opened(review.because))]
    return (
        detail("Found here", told),
        detail("What next", {**asked, "So": result}),
    )


def said(answer: Answer, tags: dict[str, Tag]) -> list[Cell]:
    """Give an answer with its word and where it is proven."""
    proof = [Cell(*_proof(answer))] if answer.facts else []
    return [Cell(opened(answer.because), tag=tags[answer.word]), *proof]


def claimed_detail(found: Found) -> Detail | None:
    """Give what the workbook and people say of a tool, column by column."""
    if found.listed is None:
        return None
    tool = found.listed.tool
    doubtful = {doubt.field for doubt in found.listed.doubts}
    told: dict[str, str | int | Cell | Sequence[Cell]] = {}
    for column in columns_of(tool):
        value = "described; its words are sealed" if column == "mitigation" else ""
        shown = value if value and tool.mitigation else _shown(tool, column)
        fact = found.listed.settled[column].fact if column in found.listed.settled else None
        doubt = Tag("doubtful", "?", "ochre") if column in doubtful else None
        told[column.replace("_", " ")] = Cell(shown, tag=doubt, fact=fact)
    return detail("What is claimed", told)


def _shown(tool: Tool, column: str) -> str:
    if column == "mitigation":
        return "not known"
    return re.sub(r"^(not)_(known|device)$", r"\1 \2", written(tool.value(column))) or "not known"


def columns_of(tool: Tool) -> list[str]:
    """Give a tool's columns in the inventory's order."""
    place = COLUMNS.index(SPEND_COLUMN)
    return [*COLUMNS[:place], *sorted(tool.spend), *COLUMNS[place + 1 :]]


class Question(NamedTuple):
    """A doubt as a person is asked about it."""

    id: str
    column: str
    where: str
    raw: str
    why: str
    reading: str
    choices: tuple[str, ...]


WHYS = {
    "merged": "The cell lies under a merged one.",
    "date_as_text": "The date is written as text.",
    "ambiguous_date": "The day and the month could be either way round.",
    "currency": "It is not plain which amount in which currency is meant.",
    "unknown_value": "The column does not take this word.",
    "no_owner": "Nobody is named.",
    "maybe_same_as": "Another tool bears this name.",
    "uncached_formula": "It is a formula, and no value was kept with it.",
}


def question(doubt: Doubt) -> Question:
    """Put a doubt as a question."""
    choices = CHOICES.get(doubt.field, ())
    if doubt.field == SAME_AS:
        choices = (doubt.reading or "", "no")
    return Question(
        id=doubt.id,
        column="is it the same as" if doubt.field == SAME_AS else doubt.field.replace("_", " "),
        where=f"{doubt.sheet}, {doubt.cell}",
        raw=doubt.raw,
        why=WHYS[doubt.why],
        reading="" if choices else doubt.reading or "",
        choices=choices,
    )
