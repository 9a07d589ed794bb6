"""What a page is: a path, the question it answers, and a template of its own name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.admit import Folder
from attending.console.narrowed import narrowed, narrowed_folder
from attending.decide.permissions import EVERYTHING, Need, Place
from attending.decide.standing import EVERYWHERE
from attending.errors import NoSuchName, Refused
from attending.loops.declare import Documents

if TYPE_CHECKING:
    from attending.console.access import Access
    from attending.console.course import Course
    from attending.console.parts import Parts
    from attending.console.sign_in import Session
    from attending.decide.permissions import Reach
    from attending.loops.system.vouching import Vouched


DECIDE = ("UseCase/", "Rollout/")  # the specs that claims and limits are taken from


class Again(Exception):  # noqa: N818  named for what is done
    """A form was refused, and its page is shown again: nothing that was typed is lost.

    Parameters
    ----------
    form
        What was typed.
    refused
        Why.

    """

    def __init__(self, form: Mapping[str, str], refused: Refused) -> None:
        self.form = dict(form)
        self.refused = refused
        super().__init__(str(refused))


@dataclass(frozen=True)
class Asked:
    """One request, as a page sees it.

    Attributes
    ----------
    parts
        What the console is built from.
    session
        Who asks.
    path
        Values taken from the path.
    query
        Values asked for after the question mark.
    as_of
        The day to look at; None for now.
    reach
        How far the one who asks may read what the page shows; courses are narrowed to it.
    access
        Asks what else they may do.
    again
        The form that was refused, where the page is shown again with what was typed.
    breaks
        Up to when the rules are set aside for this page; empty where they are not.

    """

    parts: Parts
    session: Session
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    as_of: int | None = None
    reach: Reach = EVERYTHING
    access: Access | None = None
    again: Again | None = None
    breaks: str = ""

    def course(self, use_case: str) -> Course:
        """Give a use case's course up to the day asked for, as far as may be seen.

        Raises
        ------
        NoSuchName
            There is none, or none of it may be seen: nobody is told which.

        """
        courses = self.courses()
        if use_case not in courses:
            raise NoSuchName(use_case, "this ledger's use cases", courses)
        return courses[use_case]

    def courses(self) -> Mapping[str, Course]:
        """Give every use case's course up to the day asked for, as far as may be seen."""
        there = self.parts.history.courses(self.as_of)
        seen = {name: narrowed(course, self.reach) for name, course in there.items()}
        return {name: course for name, course in seen.items() if course is not None}

    @property
    def vouched(self) -> Vouched:
        """Give what vouches for who asks, for their signature."""
        return self.parts.sessions.vouched(self.session, self.parts.clock.now())

    def may(self, verb: str, kind: str, place: Place) -> bool:
        """Tell whether who asks may do something more than look."""
        who, need = self.session.person, Need(verb, kind)
        return self.access is None or self.access.why_not(who, need, place) is None

    def scope(self, course: Course, name: str) -> str:
        """Give a scope's name, refused where nothing was decided on it.

        Raises
        ------
        NoSuchName
            With the nearest name.

        """
        today = course.today
        there = {f.scope for f in today.findings} if today else set()
        there |= {v.scope for v in today.verdicts} if today else set()
        if name not in there:
            raise NoSuchName(name, f"the scopes of {course.name}", there)
        return name

    def folder(self, course: Course) -> Folder | None:
        """Give the specs as they were declared by then; those open here where they are the same.

        A ledger that does not hold its specs is told of without claims, unless the folder
        it was declared with is open here: another folder's claims would be somebody else's.
        """
        return narrowed_folder(self._folder(course), course.only)

    def _folder(self, course: Course) -> Folder | None:
        told = course.specs[-1].fact.body.get("documents") if course.specs else None
        if told is not None:
            return as_folder(shapes.convert(told, Documents), course.digests)
        folder = self.parts.folders.get(course.name)
        told_digests = {k: v for k, v in course.digests.items() if k.startswith(DECIDE)}
        if folder is None or any(folder.digests.get(k) != v for k, v in told_digests.items()):
            return None
        return folder


def as_folder(documents: Documents, digests: Mapping[str, str]) -> Folder:
    """Give documents kept in the ledger as the folder they were."""
    named = {name: getattr(documents, name) for name in Documents.__struct_fields__}
    return Folder(path=Path(), digests=dict(digests), **named)


Shown = Mapping[str, Any]


def whole(asked: Asked, _form: Mapping[str, str]) -> Place:
    """Give what a request is about, where its form names no site: the use case, everywhere."""
    return Place(asked.path.get("use_case"))


def at_scope(asked: Asked, form: Mapping[str, str]) -> Place:
    """Give what a request is about, where its form's one ``scope`` says where."""
    scope = form.get("scope", EVERYWHERE)
    return Place(asked.path.get("use_case"), None if scope == EVERYWHERE else (scope,))


def form_named(asked: Asked, form: Mapping[str, str]) -> str:
    """Give which of a page's forms was sent."""
    return form.get("what") or asked.path.get("verb") or ("card" if "card" in form else "")


@dataclass(frozen=True)
class Looked:
    """What would be shown about a patient.

    Attributes
    ----------
    objects
        Keys of facts; pseudonyms.
    asked
        What was searched for, if anything was.

    """

    objects: tuple[str, ...] = ()
    asked: str = ""


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes
    ----------
    path
        Where it stands; ``{name}`` is filled from the address.
    question
        What it answers.
    show
        Gives the values its template is filled with; ``charts`` among them are drawn.
    do
        What a form on it does; gives the address to go to afterwards.
    menu
        Its place and its word in the menu; none where it is reached from another page.
    under
        The page of the menu that it belongs to, where its path does not begin with that.
    has_past
        Whether it can be asked for as of a day.
    needs
        What somebody must be allowed, to look: one thing, or as the address says. A page that
        does not say is closed to everybody once people are declared.
    acts
        What each of its forms needs, by the form's ``what`` or the address's ``verb``.
    place
        What a request is about: a use case, sites.
    narrows
        Whether it is made from `Asked.courses` alone, so that it holds nothing beyond a
        reader's reach; where it does not narrow, who sees a part of things cannot open it.
    about
        What it would show about a patient; None where nothing.

    """

    path: str
    question: str
    show: Callable[[Asked], Shown]
    do: Callable[[Asked, Mapping[str, str]], str] | None = None
    menu: tuple[int, str] | None = None
    under: str = ""
    has_past: bool = True
    needs: Need | Callable[[Asked], Need] | None = None
    acts: Mapping[str, Need] = field(default_factory=dict)
    place: Callable[[Asked, Mapping[str, str]], Place] = whole
    narrows: bool = False
    about: Callable[[Asked], Looked | None] | None = None

    @property
    def menu_path(self) -> str:
        """Give the page of the menu that it belongs to: it may be itself."""
        return self.under or "/" + self.path.split("/")[1]

    def need(self, asked: Asked) -> Need | None:
        """Give what somebody must be allowed, to look."""
        return self.needs(asked) if callable(self.needs) else self.needs


class NotNow(Refused):
    """Something that a page may do, but not here or not now."""
