"""Who set the rules aside to look at a patient, and has somebody else looked into it?

It reads the views that were written down before anything was shown, what for and until when,
and what was found about each. The sealed reason is opened for whoever may look into it. Nobody
looks into their own.

It does not tell of views within the rules: the answer to auditor's question 20 does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.set_aside import listing, views_of
from attending.console.page import NotNow, Page
from attending.decide.break_glass import REVIEW
from attending.decide.permissions import ANYWHERE
from attending.errors import NoSuchName, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.page import Asked, Shown

FOUND = {"proper": "It was proper", "improper": "It was not"}
MOST_OPENED = 20


def show(asked: Asked) -> Shown:
    """Give the views, those that wait first, and the reasons of those somebody may look into."""
    known = views_of(asked)
    views = sorted(known.views.values(), key=lambda v: (not v.waits, -v.index))
    people = asked.parts.people
    may = people is not None and asked.may(REVIEW.verb, REVIEW.kind, ANYWHERE)
    mine = [v for v in known.waiting if v.viewed.person != asked.session.person]
    return {
        "listing": listing(views),
        "waiting": [
            (view, people.opened(view.viewed.why) if people is not None else None)
            for view in (mine[:MOST_OPENED] if may else ())
        ],
        "found": FOUND,
    }


def do(asked: Asked, form: Mapping[str, str]) -> str:
    """Write down what was found, in the name of who is signed in."""
    if asked.parts.people is None:
        raise NotNow("this copy only reads; say it with `attending people review`")
    found, view = form.get("found", ""), form.get("view", "")
    if found not in FOUND:
        raise NoSuchName(found, "what can be found of a view", FOUND)
    there = {str(index): index for index in views_of(asked).views}
    if view not in there:
        raise Refused(f"fact {view} is no view that set the rules aside", accepted=sorted(there))
    asked.parts.people.review(there[view], found, person=asked.session.person)
    return "/views"


views = Page(
    path="/views",
    question="Who set the rules aside, and was it looked into?",
    show=show,
    do=do,
    has_past=False,
    needs=reads("access_log"),
    acts={"review": REVIEW},
)
