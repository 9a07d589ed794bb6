"""Who looked at whose records, what for, and was what stands out looked into?

It reads the looks that were written down before anything was shown: by person, by purpose and by
patient, each count leading to the looks it counts; those that set the rules aside; and the days
on which somebody looked at more patients, or more people at one, than is usual. An unusual day
is a reason to look, and accuses nobody. What was found of each is said here, by somebody who did
not look. The sealed reason of a break-glass look is opened for whoever may look into it.

It does not tell what was read in the EHR, nor who a patient is: their pseudonym stands here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.access_log import (
    asked_for,
    counted,
    headline,
    listed,
    log_of,
    unusual_days,
)
from attending.console.governance.set_aside import listing, views_of
from attending.console.governance.sites import titles
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
    """Give what waits first, with the reasons of those somebody may look into; then all looks."""
    known, log = views_of(asked), log_of(asked)
    views = sorted(known.views.values(), key=lambda v: (not v.waits, -v.index))
    people = asked.parts.people
    may = people is not None and asked.may(REVIEW.verb, REVIEW.kind, ANYWHERE)
    mine = [v for v in known.waiting if v.viewed.person != asked.session.person]
    days, wanted = log.unusual(), asked_for(asked)
    own = {seen.fact for seen in log.looks({"person": asked.session.person})}
    others = [day for day, settled in days if settled is None and not own & {*day.cites}]
    return {
        "headline": headline(log, len(known.waiting), days),
        "listing": listing(views),
        "waiting": [
            (view, people.opened(view.viewed.why) if people is not None else None)
            for view in (mine[:MOST_OPENED] if may else ())
        ],
        "days": others[:MOST_OPENED] if may else [],
        "unusual": unusual_days(days),
        "counted": counted(log),
        "looks": listed(log, wanted, titles(asked)),
        "narrowed": bool(wanted),
        "found": FOUND,
    }


def do(asked: Asked, form: Mapping[str, str]) -> str:
    """Write down what was found, in the name of who is signed in."""
    if asked.parts.people is None:
        raise NotNow("this copy only reads; say it with `attending people review`")
    found, person = form.get("found", ""), asked.session.person
    if found not in FOUND:
        raise NoSuchName(found, "what can be found of a look", FOUND)
    if form.get("what") == "settle":
        whose, who, on = (form.get(name, "") for name in ("whose", "who", "on"))
        if whose not in ("person", "patient"):
            raise NoSuchName(whose, "whose looks can stand out", ("person", "patient"))
        asked.parts.people.settle(whose, who, on, found=found, person=person)
        return "/access"
    view = form.get("view", "")
    there = {str(index): index for index in views_of(asked).views}
    if view not in there:
        raise Refused(f"fact {view} is no view that set the rules aside", accepted=sorted(there))
    asked.parts.people.review(there[view], found, person=person)
    return "/access"


access = Page(
    path="/access",
    question="Who looked at whose records, and what for?",
    show=show,
    under="/audit",
    do=do,
    has_past=False,
    needs=reads("access_log"),
    acts={"review": REVIEW, "settle": REVIEW},
)
