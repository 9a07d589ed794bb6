"""What can we show an auditor today? Questions, binders, drills, holds and erasures.

It reads what was said and done about evidence, and, when asked to, what is due for deletion
today. A binder is built, a drill is run and a hold is placed here as on the command line; an
erasure that one person asked for is carried out when a second, signed in on their own, agrees.

It does not tell what an answer concludes; that stands in the binder and in `attending audit`.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance import evidence as told
from attending.console.page import NotNow, Page
from attending.decide.permissions import ANYWHERE, Need
from attending.errors import Refused
from attending.loops.system.retention import due_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.page import Asked, Shown
    from attending.console.parts import EvidenceActions

MOST_QUESTIONS = 34
BUILD, KEEP, ERASE = Need("build", "binder"), Need("keep", "ledger"), Need("erase", "ledger")


def show(asked: Asked) -> Shown:
    """Give the questions and their status, and what was built, rehearsed, held and erased."""
    parts = asked.parts
    found = told.done(parts.history)
    acts, person = parts.evidence, asked.session.person
    kept = acts.kept() if acts is not None else set()
    today = parts.clock.now().astimezone(UTC).date().isoformat()
    is_asked = asked.query.get("due") == "1"
    listed = due_on(parts.reader, today) if is_asked else None
    rules, questions = found.kept.rules, told.questions(found)
    return {
        "can": {
            str(need): acts is not None and asked.may(need.verb, need.kind, ANYWHERE)
            for need in (BUILD, KEEP, ERASE)
        },
        "use_cases": sorted(parts.history.courses()),
        "questions": questions,
        "n_answered": sum(line.cells[1].tag == told.ANSWERED for line in questions.lines),
        "binders": told.binders(found, kept),
        "drills": told.drills(found),
        "holds": told.holds(found),
        "standing": sorted(found.kept.holds),
        "erasures": told.erasures(found),
        "due": told.due(listed) if listed is not None else None,
        "free": sorted({d.rule for d in listed.found if not d.blocked}) if listed else [],
        "waiting": [(each, who, who != person) for each, who in found.waiting()],
        "n_rules": len(rules.rules) if rules is not None else 0,
    }


def do(asked: Asked, form: Mapping[str, str]) -> str:
    """Build a binder, run a drill, place or lift a hold, ask for an erasure or agree to it."""
    acts, person = asked.parts.evidence, asked.session.person
    if acts is None:
        raise NotNow("this copy only reads")
    verbs = {
        "build": _build,
        "drill": _drill,
        "hold": _hold,
        "lift": _lift,
        "ask": _ask,
        "agree": _agree,
    }
    verb = verbs.get(form.get("what", ""))
    if verb is None:
        raise Refused("that is nothing this page does", accepted=verbs)
    return f"/evidence{verb(acts, form, person)}"


def _build(acts: EvidenceActions, form: Mapping[str, str], person: str) -> str:
    scope = {name: form.get(name, "").strip() for name in ("use_case", "site", "since", "until")}
    acts.build(scope, _numbers(form.get("questions", "")), person=person)
    return "#binders"


def _drill(acts: EvidenceActions, _form: Mapping[str, str], person: str) -> str:
    acts.drill(person=person)
    return "#drills"


def _hold(acts: EvidenceActions, form: Mapping[str, str], person: str) -> str:
    reach = (form.get("use_case", ""), form.get("site", "").strip())
    acts.hold(form.get("hold", "").strip(), reach, why=form.get("why", ""), person=person)
    return "#holds"


def _lift(acts: EvidenceActions, form: Mapping[str, str], person: str) -> str:
    acts.lift(form.get("hold", ""), why=form.get("why", ""), person=person)
    return "#holds"


def _ask(acts: EvidenceActions, form: Mapping[str, str], person: str) -> str:
    acts.ask(form.get("rule", ""), person=person)
    return "#erasures"


def _agree(acts: EvidenceActions, form: Mapping[str, str], person: str) -> str:
    acts.agree(form.get("digest", ""), person=person)
    return "#erasures"


def _numbers(text: str) -> tuple[int, ...]:
    """Read the numbers of questions; none is all."""
    words = text.replace(",", " ").split()
    if any(not (w.isascii() and w.isdigit() and 0 < int(w) <= MOST_QUESTIONS) for w in words):
        raise Refused(f"{text!r} names no questions", accepted=["3, 13, 21"])
    return tuple(int(word) for word in words)


evidence = Page(
    path="/evidence",
    question="What can we show an auditor today?",
    show=show,
    do=do,
    menu=(9, "Evidence"),
    has_past=False,
    needs=reads("binder"),
    acts={
        "build": BUILD,
        "drill": BUILD,
        "hold": KEEP,
        "lift": KEEP,
        "ask": ERASE,
        "agree": ERASE,
    },
)
