"""What comes next, and why? What is proposed, in its order, and what has run over.

It reads the proposals, the recorded ends of pilots, the impact table in force and the newest
risk tiers. The order is declared: quick wins first, then the larger impact times feasibility,
then the lower risk, then who proposed first. The form proposes a tool; what is wrong with it
is said all at once, and nothing that was typed is lost.

It does not tell whether a proposal is true: that is for the committee to find out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.intake import (
    ended_list,
    lead,
    over_list,
    roadmap_list,
    today,
)
from attending.console.governance.intake_within import PROPOSE, intake_of, may_propose, place_of
from attending.console.governance.proposal_form import document_of, groups, marked
from attending.console.page import Again, NotNow, Page
from attending.decide.permissions import ANYWHERE, Place
from attending.errors import Refused
from attending.spec.mistake import SpecRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.page import Asked, Shown


def show(asked: Asked) -> Shown:
    """Give the roadmap, what has run over, what has ended, and the form."""
    intake, on = intake_of(asked), today(asked)
    typed = asked.again.form if asked.again is not None else {}
    form = groups(typed, intake.table.units())
    refused = asked.again.refused if asked.again is not None else None
    wrong = marked(refused.mistakes, typed, form) if isinstance(refused, SpecRefused) else ()
    return {
        "lead": lead(intake, on),
        "roadmap": roadmap_list(intake),
        "over": over_list(intake, on),
        "ended": ended_list(intake),
        "groups": form,
        "wrong": wrong,
        "refused": "" if refused is None or wrong else str(refused),
        "prior": typed.get("prior_digest", ""),
        "acts": asked.parts.intake is not None and asked.parts.intake.acts,
        "may": may_propose(asked),
        "partly": not asked.reach.is_everything,
    }


def do(asked: Asked, form: Mapping[str, str]) -> str:
    """Propose a tool, in the name of who is signed in."""
    desk = asked.parts.intake
    if desk is None or not desk.acts:
        raise NotNow("this copy only reads; propose where the loops run, or by `attending propose`")
    try:
        desk.submit(document_of(form), person=asked.session.person)
    except Refused as refused:
        raise Again(form, refused) from refused
    return f"/intake/{form['proposal'].strip()}"


def _place(asked: Asked, form: Mapping[str, str]) -> Place:
    """Give what is proposed for; to look, what may not be seen is left out."""
    if not form:
        return ANYWHERE
    named = (form.get(name, "").strip() for name in ("proposal", "use_case", "tool"))
    return place_of(asked, *named)


intake = Page(
    path="/intake",
    question="What comes next, and why?",
    show=show,
    do=do,
    menu=(4, "Intake"),
    has_past=False,
    needs=reads("proposal"),
    acts={"submit": PROPOSE},
    place=_place,
    narrows=True,
)
