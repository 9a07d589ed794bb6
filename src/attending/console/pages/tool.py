"""What is this tool, what is claimed of it, and what is found? One tool, and what to answer.

It reads its row of the inventory, what people said since, and its use case's own facts. Each
doubtful cell is a question: until somebody answers, its value is not known. An answer is the
command's own, with its refusals.

It does not change the workbook: `attending inventory export` gives it back with what was
answered here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from attending.console.access import reads
from attending.console.governance.portfolio import (
    claimed_detail,
    columns_of,
    found_detail,
    question,
    tags_of,
)
from attending.console.governance.portfolio_within import place_of, seen
from attending.console.page import NotNow, Page
from attending.decide.permissions import ANYWHERE, Need, Place
from attending.errors import NoSuchName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.governance.portfolio_within import Seen
    from attending.console.page import Asked, Shown
    from attending.decide.tools.tool_findings import Found

READ_ONLY = "this copy only reads; use `attending inventory answer` where the store is"
ANSWER = Need("answer", "task")
NOT_EDITED = ("tool", "mitigation")


def show(asked: Asked) -> Shown:
    """Give what is found and claimed, and what somebody should answer."""
    there = seen(asked)
    found = _found(asked, there)
    here, following = found_detail(found, there.reviews[found.tool])
    listed = found.listed
    return {
        "found": found,
        "tags": tags_of(found),
        "here": here,
        "following": following,
        "claimed": claimed_detail(found),
        "questions": [question(d) for d in listed.doubts] if listed is not None else [],
        "columns": [c for c in columns_of(listed.tool) if c not in NOT_EDITED] if listed else [],
        "row_of": listed.fact if listed is not None else None,
        "can": asked.parts.inventory is not None,
        "may": asked.may(ANSWER.verb, ANSWER.kind, place_of(asked, there, found.tool)),
        "partly": there.partly,
    }


def do(asked: Asked, form: Mapping[str, str]) -> str:
    """Answer a doubt or change a column, in the name of who is signed in."""
    actions, found = asked.parts.inventory, _found(asked, seen(asked))
    if actions is None:
        raise NotNow(READ_ONLY)
    person, value = asked.session.person, form.get("value", "").strip()
    if not value:
        raise NotNow("say what it is; `not known` is an answer too")
    if form.get("what") == "answer":
        doubt = form.get("doubt", "")
        open_here = [d.id for d in found.listed.doubts] if found.listed is not None else []
        if doubt not in open_here:
            raise NoSuchName(doubt, f"the doubts about {found.tool}", open_here)
        actions.answer(doubt, value, person=person)
    elif form.get("what") == "set":
        actions.set_(found.tool, form.get("column", ""), value, person=person)
    else:
        raise NotNow("nothing of that kind can be done here")
    return f"/portfolio/{quote(found.tool, safe='')}"


def _found(asked: Asked, there: Seen) -> Found:
    tools = {each.tool: each for each in there.found}
    name = asked.path["tool"]
    if name not in tools:
        raise NoSuchName(name, "the tools of the portfolio", tools)
    return tools[name]


def _place(asked: Asked, form: Mapping[str, str]) -> Place:
    """Give what the tool is about; to look, it is left out where it may not be seen."""
    return place_of(asked, seen(asked), asked.path["tool"]) if form else ANYWHERE


tool = Page(
    path="/portfolio/{tool}",
    question="What is this tool, and is what is claimed of it so?",
    show=show,
    do=do,
    has_past=False,
    needs=reads("portfolio"),
    acts={"answer": ANSWER, "set": ANSWER},
    place=_place,
    narrows=True,
)
