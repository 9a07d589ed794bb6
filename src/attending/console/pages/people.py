"""Who may do what here? Everybody who may sign in, what they hold, where and until when.

It reads what admins have said of people. A role that is taken away is gone with the next
request, and whoever has left keeps their name on what they did.

It does not tell who sits on a committee, or whom the EHR knows: those are named elsewhere.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.listing import Cell, Line, Listing
from attending.console.page import NotNow, Page
from attending.console.words import Tag, role_words
from attending.decide.people import People
from attending.decide.permissions import ANYWHERE, Need
from attending.errors import NoSuchName
from attending.facts.people import Departed, Person, Role, RoleEnded
from attending.spec.person import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attending.console.page import Asked, Shown
    from attending.decide.people import Said

HERE = Tag("here", "●", "blue")
LEFT = Tag("has left", "○", "plain")
LONGEST = 80


def show(asked: Asked) -> Shown:
    """Give everybody, and what an admin may say of them."""
    people, today = _people(asked), asked.access.date if asked.access is not None else ""
    lines = [_line(people, name, today) for name in sorted(people.persons)]
    columns = ("person", "state", "printed name", "roles today", "signs in by")
    empty = "Nobody is declared, so whoever opens this store may do everything."
    acts = asked.parts.people is not None and asked.may("grant", "people", ANYWHERE)
    here = [name for name in sorted(people.persons) if people.is_here(name)]
    return {
        "listing": Listing("Everybody declared", columns, lines, empty, heading=False),
        "acts": acts and people.is_declared,
        "here": here,
        "roles": {role: role_words(role) for role in ROLES},
        "held": [(who, role) for who, role in people.roles if people.is_here(who)],
        "today": today,
    }


def do(asked: Asked, form: Mapping[str, str]) -> str:
    """Say something of a person, in the name of the admin who is signed in."""
    what = form.get("what", "")
    if what not in FORMS:
        raise NoSuchName(what, "what can be said of people", FORMS)
    if asked.parts.people is None:
        raise NotNow("this copy only reads; say it with `attending people`")
    asked.parts.people.say(FORMS[what](form), person=asked.session.person)
    return "/people"


def _people(asked: Asked) -> People:
    return asked.access.people if asked.access is not None else People()


def _line(people: People, name: str, today: str) -> Line:
    person, held = people.persons[name], people.held(name, today)
    said = [f"{role_words(r.role)}{_where(r)}" for r in held]
    roles = "; ".join(said) or "none"
    tag = HERE if people.is_here(name) else LEFT
    by = "identity provider" if person.subject else "token"
    return Line([Cell(name), Cell(tag=tag), Cell(person.printed_name), Cell(roles), Cell(by)])


def _where(role: Role) -> str:
    bounds = ", ".join((*role.sites, *role.units, *role.tools))
    until = f", to {role.to}" if role.to else ""
    return (f" ({bounds})" if bounds else "") + until


def _declare(form: Mapping[str, str]) -> Said:
    return Person(person=_word(form, "person"), printed_name=_word(form, "printed_name"))


def _grant(form: Mapping[str, str]) -> Said:
    return Role(
        person=_word(form, "person"),
        role=_word(form, "role"),
        sites=_listed(form, "sites"),
        units=_listed(form, "units"),
        tools=_listed(form, "tools"),
        since=_date(form, "from"),
        to=_date(form, "to") or None,
    )


def _revoke(form: Mapping[str, str]) -> Said:
    person, _, role = _word(form, "held").partition("/")
    return RoleEnded(person=person, role=role)


def _end(form: Mapping[str, str]) -> Said:
    return Departed(person=_word(form, "person"))


FORMS: dict[str, Callable[[Mapping[str, str]], Said]] = {
    "declare": _declare,
    "grant": _grant,
    "revoke": _revoke,
    "end": _end,
}


def _word(form: Mapping[str, str], name: str) -> str:
    found = form.get(name, "").strip()
    if not found or not found.isprintable() or len(found) > LONGEST:
        raise NotNow(f"say which {name.replace('_', ' ')}, in at most {LONGEST} characters")
    return found


def _listed(form: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in form.get(name, "").split(",") if part.strip())


def _date(form: Mapping[str, str], name: str) -> str:
    found = form.get(name, "").strip()
    try:
        return date.fromisoformat(found).isoformat() if found else ""
    except ValueError:
        raise NotNow(f"{name} takes a date, such as 2026-10-13") from None


people = Page(
    path="/people",
    question="Who may do what here?",
    show=show,
    do=do,
    menu=(10, "People"),
    has_past=False,
    needs=reads("people"),
    acts={
        "declare": Need("grant", "people"),
        "grant": Need("grant", "people"),
        "revoke": Need("revoke", "people"),
        "end": Need("end", "people"),
    },
)
