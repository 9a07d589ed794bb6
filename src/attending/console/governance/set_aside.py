"""Views that set the rules aside, as whoever looks into them reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.listing import Cell, Line, Listing
from attending.console.sentence import Sentence
from attending.console.words import Tag, many
from attending.decide.break_glass import REVIEW
from attending.decide.permissions import ANYWHERE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.console.page import Asked
    from attending.decide.break_glass import SetAside, Views

TO_REVIEW = Tag("to look into", "✎", "blue")
WAITS = Tag("waits", "◇", "ochre")
PROPER = Tag("proper", "✓", "teal")
IMPROPER = Tag("improper", "✕", "ochre strong")
BY_PAGE = {
    "/facts/{index}": "the page of a fact",
    "/facts/{index}/lineage": "the page of what an answer was made of",
    "/audit": "a search of the ledger",
}


def views_of(asked: Asked) -> Views:
    """Give every view that set the rules aside."""
    return asked.parts.history.views()


def to_review(asked: Asked) -> list[Sentence]:
    """Say what waits to be looked into, to whoever may and did not look themselves."""
    if asked.as_of is not None or not asked.may(REVIEW.verb, REVIEW.kind, ANYWHERE):
        return []
    mine = [v for v in views_of(asked).waiting if v.viewed.person != asked.session.person]
    if not mine:
        return []
    verb = "waits" if len(mine) == 1 else "wait"
    words = f"{many(len(mine), 'view')} that set the rules aside {verb} to be looked into."
    return [Sentence(TO_REVIEW, words, ("access",), "Access log")]


def listing(views: Sequence[SetAside]) -> Listing:
    """Give views as a list, in the order they come."""
    columns = ("who", "when (UTC)", "held until (UTC)", "what was shown", "found", "by")
    return Listing(
        "Views that set the rules aside",
        columns,
        [_line(view) for view in views],
        "Nobody has set the rules aside.",
        heading=False,
    )


def _line(view: SetAside) -> Line:
    tag = WAITS if view.waits else PROPER if view.found == "proper" else IMPROPER
    shown = many(len(view.viewed.objects), "fact") if view.viewed.objects else "nothing found"
    return Line(
        [
            Cell(view.viewed.person, fact=view.index),
            Cell(view.at[:16].replace("T", " ")),
            Cell(view.viewed.until[11:16] or "not on record"),
            Cell(f"{shown} by {BY_PAGE.get(view.viewed.page, view.viewed.page)}"),
            Cell(tag=tag, fact=view.review),
            Cell(view.by or "nobody yet"),
        ]
    )
