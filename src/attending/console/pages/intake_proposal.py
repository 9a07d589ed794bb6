"""What is asked for, who answers for it, and what became of the like? One proposal.

It reads its last submission and every one before it, with what each changed; its place on the
roadmap; what the criteria for building and buying speak for; and the lessons of tools that
look like it and were stopped. It is submitted again on top of the last submission alone: when
somebody else was first, what they changed is shown, and nothing that was typed is lost.

It does not tell whether what it says is true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

from attending.console.access import reads
from attending.console.governance.intake import changed, one, opener, route_words, today
from attending.console.governance.intake import known as known_of
from attending.console.governance.intake_within import intake_of, place_of
from attending.console.governance.proposal_form import (
    MOST_FIELDS,
    document_of,
    filled,
    groups,
    marked,
    rebased,
    words,
)
from attending.console.page import Again, NotNow, Page
from attending.decide.permissions import ANYWHERE, Need, Place
from attending.errors import NoSuchName, Refused
from attending.facts.proposal import Barrier, Choice
from attending.loops.system.intake import found, words_of
from attending.spec.mistake import SpecRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attending.console.page import Asked, Shown
    from attending.facts.proposal import Submitted

FORMS = {"submit": Need("resubmit", "proposal"), "end": Need("end", "proposal")}
BARRIERS = cast("tuple[Barrier, ...]", get_args(Barrier))
CHOICES = cast("tuple[Choice, ...]", get_args(Choice))
LONGEST = 2000


def show(asked: Asked) -> Shown:
    """Give the proposal, its history, what looked like it, and its forms."""
    intake = intake_of(asked)
    kept = found(intake, asked.path["proposal"])
    opened = opener(asked)
    written = words_of(opened, kept.last)
    typed = asked.again.form if asked.again is not None else {}
    prior = typed.get("prior_digest", kept.last.digest)
    base = next((each for each in kept.history if each.digest == prior), kept.last)
    start = _values(opened, kept.last)
    values = start
    both: tuple[str, ...] = ()  # fields that two people changed
    if typed.get("what") == "submit":
        values, both = rebased(typed, _values(opened, base), start)
    form = groups(values, intake.table.units())
    fits = written is not None and sum(len(group.fields) for group in form) <= MOST_FIELDS
    refused = asked.again.refused if asked.again is not None else None
    wrong = marked(refused.mistakes, typed, form) if isinstance(refused, SpecRefused) else ()
    place = place_of(asked, kept.last.proposal, tool=kept.last.tool)
    return {
        "may": {what: asked.may(need.verb, need.kind, place) for what, need in FORMS.items()},
        "partly": not asked.reach.is_everything,
        "one": one(intake, kept, today(asked), opened),
        "route": route_words(kept.last),
        "groups": form if fits else (),
        "wrong": wrong,
        "refused": "" if refused is None or wrong else str(refused).partition("\n")[0],
        "since": changed(opened, base, kept.last) if refused is not None else (),
        "both": [f.label for group in form for f in group.fields if f.path in both],
        "prior": kept.last.digest,
        "typed": typed,
        "acts": asked.parts.intake is not None and asked.parts.intake.acts,
        "choices": {choice: words(choice) for choice in CHOICES},
        "barriers": BARRIERS,
        "longest": LONGEST,
    }


def _values(opened: Callable[[str], bytes | None], last: Submitted) -> dict[str, str]:
    written = words_of(opened, last)
    return filled(last, written.texts) if written is not None else {}


def do(asked: Asked, form: Mapping[str, str]) -> str:
    """Submit it again, or end its pilot, in the name of who is signed in."""
    desk, name, what = asked.parts.intake, asked.path["proposal"], form.get("what", "")
    if desk is None or not desk.acts:
        raise NotNow("this copy only reads; see `attending propose` and `attending intake end`")
    found(intake_of(asked), name)
    if what not in FORMS:
        raise NoSuchName(what, "what a proposal can be asked for", FORMS)
    try:
        if what == "submit":
            _submit(asked, form)
        else:
            _end(asked, form)
    except Refused as refused:
        raise Again(form, refused) from refused
    return f"/intake/{name}"


def _submit(asked: Asked, form: Mapping[str, str]) -> None:
    name = asked.path["proposal"]
    if form.get("proposal", "").strip() != name:
        raise Refused(f"this page submits {name} again; a proposal keeps its name")
    if asked.parts.intake is not None:
        asked.parts.intake.submit(document_of(form), person=asked.session.person)


def _end(asked: Asked, form: Mapping[str, str]) -> None:
    choice, lesson = form.get("choice", ""), form.get("lesson", "")
    if choice not in CHOICES:
        raise NoSuchName(choice, "how a pilot can end", CHOICES)
    if len(lesson) > LONGEST:
        raise Refused(f"write at most {LONGEST:,} characters")
    barriers = tuple(barrier for barrier in BARRIERS if form.get(f"barrier.{barrier}"))
    if asked.parts.intake is not None:
        asked.parts.intake.end(
            asked.path["proposal"],
            choice,
            barriers=barriers,
            lesson=lesson,
            person=asked.session.person,
        )


def _place(asked: Asked, form: Mapping[str, str]) -> Place:
    """Give what it is about; to look, it is left out where it may not be seen."""
    if not form:
        return ANYWHERE
    kept = known_of(asked).proposals.get(asked.path["proposal"])
    tool = form.get("tool", kept.last.tool if kept is not None else "").strip()
    return place_of(asked, asked.path["proposal"], form.get("use_case", "").strip(), tool)


intake_proposal = Page(
    path="/intake/{proposal}",
    question="What is asked for, who answers for it, and what became of the like?",
    show=show,
    do=do,
    has_past=False,
    needs=reads("proposal"),
    acts=FORMS,
    place=_place,
    narrows=True,
)
