"""What went wrong, and who has it? The open incidents, the worst first, and a way to report one.

It reads incidents as they were reported or opened by a crossed safety limit, with their state,
how far their suspension has come, and the next date anything is due. A report of severity 1 or
2 suspends at its sites in the same moment. What is written with it is sealed, and who reports
may stay unnamed but for a role.

It does not tell of what nobody reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import NotAllowed, reads
from attending.console.governance.incidents import kind_words, listing
from attending.console.governance.incidents_within import register_of
from attending.console.governance.unanswered import ACKNOWLEDGE, place_of, unanswered
from attending.console.page import NotNow, Page
from attending.console.words import role_words
from attending.decide.permissions import ANYWHERE, Need, Place
from attending.decide.standing import EVERYWHERE
from attending.errors import NoSuchName
from attending.facts.incident import SEVERITIES, FoundBy, stops
from attending.loops.incident import KINDS, LONGEST, Report
from attending.spec.person import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.page import Asked, Shown

REPORTERS = ("clinician", *ROLES)
REPORT = Need("report", "incident")


def show(asked: Asked) -> Shown:
    """Give the open incidents, those that are closed, and the form."""
    register, courses = register_of(asked), asked.courses()
    is_open, closed = register.of("", is_open=True), register.of("", is_open=False)
    return {
        "open": listing("Open", is_open, courses, "No incident is open."),
        "closed": listing("Closed", closed, courses, "None was closed."),
        "places": places(asked),
        "kinds": {kind: kind_words(kind) for kind in KINDS},
        "severities": SEVERITIES,
        "roles": {role: role_words(role) for role in REPORTERS},
        "acts": asked.parts.incidents is not None,
        "may": asked.may(REPORT.verb, REPORT.kind, Place(narrowed=True)),
        "unanswered": unanswered(asked),
        "answers": asked.parts.notices is not None and asked.parts.notices.acts,
        "partly": not asked.reach.is_everything,
        "longest": LONGEST,
    }


def places(asked: Asked) -> dict[str, str]:
    """Give the places that an incident can be reported of, as far as somebody sees them."""
    return {
        f"{name}/{site}": f"{course.title}, {where}"
        for name, course in asked.courses().items()
        for site, where in [
            *([(EVERYWHERE, "everywhere")] if course.only is None else []),
            *course.sites.items(),
        ]
    }


def do(asked: Asked, form: Mapping[str, str]) -> str:
    """Report an incident, in the name of who is signed in or of a role alone."""
    if form.get("what") == "acknowledge":
        return _acknowledge(asked, form)
    severity = _severity(asked, form)
    if asked.parts.incidents is None:
        raise NotNow("this copy only reads; report it with `attending incident open`")
    there, place, role = places(asked), form.get("place", ""), form.get("role", "")
    if place not in there:
        raise NoSuchName(place, "the places of this ledger", there)
    if role and role not in REPORTERS:
        raise NoSuchName(role, "the roles people report in", REPORTERS)
    use_case, _, site = place.partition("/")
    unnamed = form.get("unnamed") == "yes"
    if unnamed and not role:
        raise NotNow("to stay unnamed, say in which role you report it")
    told = Report(
        kind=form.get("kind", ""),
        severity=severity,
        what=form.get("words", ""),
        found_by=FoundBy(
            source="person",
            role=role,
            site="" if site == EVERYWHERE or not unnamed else site,
            person="" if unnamed else asked.session.person,
        ),
        sites=(site,),
        began_on=form.get("began_on", ""),
        death=form.get("death") == "yes",
        via="console",
    )
    return f"/incidents/{asked.parts.incidents.report(use_case, told)}"


def _acknowledge(asked: Asked, form: Mapping[str, str]) -> str:
    """Acknowledge a notice that waits for an answer and that who asks can see."""
    desk, named = asked.parts.notices, form.get("notice", "")
    if desk is None or not desk.acts:
        raise NotNow("this copy only reads; answer with `attending notice acknowledge`")
    there = {each.notice for each in unanswered(asked)}
    if named not in there:
        raise NoSuchName(named, "the notices that wait for an answer", there)
    desk.acknowledge(named, person=asked.session.person)
    return "/incidents#notices"


def _severity(asked: Asked, form: Mapping[str, str]) -> int:
    """Read how bad it is; one that suspends is for who may suspend there."""
    told = form.get("severity", "")
    severity = int(told) if told in {str(n) for n in SEVERITIES} else 0
    if stops(severity) and not asked.may("suspend", "rollout", _place(asked, form)):
        raise NotAllowed(
            f"a report of severity {severity} suspends the tool there, which you may not; "
            "report it as severity 3, and tell somebody who may suspend"
        )
    return severity


def _place(asked: Asked, form: Mapping[str, str]) -> Place:
    """Give where an incident is reported of, or where a notice is about."""
    if not form:
        return ANYWHERE
    if form.get("what") == "acknowledge":
        return place_of(asked, form.get("notice", ""))
    use_case, _, site = form.get("place", "").partition("/")
    return Place(use_case, None if site == EVERYWHERE else (site,))


incidents = Page(
    path="/incidents",
    question="What went wrong, and who has it?",
    show=show,
    do=do,
    menu=(6, "Incidents"),
    has_past=False,
    needs=reads("incident"),
    acts={"report": REPORT, "acknowledge": ACKNOWLEDGE},
    place=_place,
    narrows=True,
)
