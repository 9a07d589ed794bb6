"""What a page is: a path, the question it answers, and a template of its own name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from attending.admit import Folder
from attending.errors import NoSuchName, Refused
from attending.loops.declare import Documents

if TYPE_CHECKING:
    from attending.console.course import Course
    from attending.console.parts import Parts
    from attending.console.sign_in import Session


DECIDE = ("UseCase/", "Rollout/")  # the specs that claims and limits are taken from


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

    """

    parts: Parts
    session: Session
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    as_of: int | None = None

    def course(self, use_case: str) -> Course:
        """Give a use case's course up to the day asked for."""
        return self.parts.history.course(use_case, self.as_of)

    def courses(self) -> Mapping[str, Course]:
        """Give every use case's course up to the day asked for."""
        return self.parts.history.courses(self.as_of)

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
        told = course.specs[-1].fact.body.get("documents") if course.specs else None
        if told is not None:
            return as_folder(msgspec.convert(told, Documents), course.digests)
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
    has_past
        Whether it can be asked for as of a day.

    """

    path: str
    question: str
    show: Callable[[Asked], Shown]
    do: Callable[[Asked, Mapping[str, str]], str] | None = None
    menu: tuple[int, str] | None = None
    has_past: bool = True


class NotNow(Refused):
    """Something that a page may do, but not here or not now."""
