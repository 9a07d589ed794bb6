"""What does the clinician see? A practice chart, on which the real gateway's cards appear.

It asks the gateway in this process as an EHR would, for a made-up patient, and sends back
"not useful because" as an EHR's feedback. Every call is a fact like any other.

It does not tell how an EHR of yours will lay a card out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.page import NotNow, Page
from attending.console.practice import paragraphs
from attending.decide.permissions import Need, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.page import Asked, Shown
    from attending.console.practice import Practice

TRAIN = Need("train", "card")


def show(asked: Asked) -> Shown:
    """Give the chart, and the cards on it."""
    practice = asked.parts.practice
    if practice is None or not practice.is_open:
        return {"tools": [], "closed": practice is not None, "answered": None}
    tools = [t for t in practice.tools() if _may(asked, t.name)]
    last = practice.last(asked.session.csrf)
    wanted = asked.query.get("use_case", last.use_case if last else "")
    tool = next((t for t in tools if t.name == wanted), next(iter(tools), None))
    answered = (
        last if last is not None and tool is not None and last.use_case == tool.name else None
    )
    display = None
    if answered is not None and not answered.cards:
        display = asked.parts.history.course(answered.use_case).last_display(answered.site)
    return {
        "tools": tools,
        "tool": tool,
        "closed": False,
        "sites": [s for s in practice.sites if tool is not None and _may(asked, tool.name, s)],
        "answered": answered,
        "cards": [(card, paragraphs(card["detail"])) for card in answered.cards]
        if answered
        else [],
        "display": display,
    }


def do(asked: Asked, form: Mapping[str, str]) -> str:
    """Open the chart, or say why a card was not useful."""
    practice: Practice | None = asked.parts.practice
    if practice is None or not practice.is_open:
        raise NotNow("no tool answers on this page")
    session = asked.session.csrf
    if "card" in form:
        practice.respond(session, form["card"], form.get("reason", ""))
        return "/practice#cards"
    typed = {k.removeprefix("field."): v for k, v in form.items() if k.startswith("field.")}
    practice.ask(session, form.get("use_case", ""), form.get("site", ""), typed)
    return "/practice#cards"


def _may(asked: Asked, tool: str, site: str | None = None) -> bool:
    place = Place(tool, None if site is None else (site,), narrowed=site is None)
    return asked.may(TRAIN.verb, TRAIN.kind, place)


def _place(asked: Asked, form: Mapping[str, str]) -> Place:
    """Give the tool and the site that are asked; of a response, those of the card's own chart."""
    if "card" in form and asked.parts.practice is not None:
        last = asked.parts.practice.last(asked.session.csrf)
        return Place(last.use_case, (last.site,)) if last is not None else Place()
    site = form.get("site")
    return Place(form.get("use_case"), None if site is None else (site,))


practice = Page(
    path="/practice",
    question="What does the clinician see?",
    show=show,
    do=do,
    menu=(11, "Practice"),
    has_past=False,
    needs=TRAIN,
    acts={"": TRAIN, "card": Need("feedback", "card")},
    place=_place,
    narrows=True,
)
