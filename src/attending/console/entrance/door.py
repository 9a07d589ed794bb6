"""The one door all pages stand behind: may this person open it, and must they say what for?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attending.console.access import Access, NotAllowed
from attending.console.entrance.looking import LOOK, Looking, on_record, viewed, writer
from attending.console.page import form_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.page import Asked, Looked, Page
    from attending.console.parts import Parts
    from attending.decide.permissions import Need, Place


@dataclass(frozen=True)
class Asking:
    """What for must be said first.

    Attributes
    ----------
    looked
        What would be shown.
    because
        Why only break-glass would do; empty where any purpose does.

    """

    looked: Looked
    because: str = ""


class Door:
    """Stands before every page and every form.

    Parameters
    ----------
    parts
        What the console is built from.

    """

    def __init__(self, parts: Parts) -> None:
        self.access = Access(parts.reader, parts.clock)
        self._looking = Looking(parts.clock)

    @property
    def is_declared(self) -> bool:
        """Tell whether the table of roles is in force."""
        return self.access.people.is_declared

    def known(self, asked: Asked, page: Page) -> Asked:
        """Give the request with what the one who asks may read."""
        reach = self.access.reach(asked.session.person, page.need(asked))
        return replace(asked, access=self.access, reach=reach)

    def as_broken(self, asked: Asked, where: str) -> Asked:
        """Give the request with up to when it sets the rules aside, for the page to say so."""
        return replace(asked, breaks=self._looking.broken_until(asked, where))

    def open(self, asked: Asked, page: Page, where: str) -> Asking | None:
        """Let somebody see a page; give what they must be asked first, if anything.

        Raises
        ------
        NotAllowed
            They may not.

        """
        if not self.is_declared:
            return None
        need, place = page.need(asked), page.place(asked, {})
        if page.narrows:
            place = replace(place, narrowed=True)
        if asked.as_of is not None and asked.reach.floor:
            raise NotAllowed("a vendor sees things as they stand now, so that no day can be told")
        looked = page.about(asked) if page.about is not None else None
        try:
            self.access.check(asked.session.person, need, place)
        except NotAllowed as refused:
            if looked is None or not self._may_break(asked, need, place):
                raise
            if self._looking.said(asked, where) == "broken":
                return None
            return Asking(looked, str(refused))
        if looked is not None and not self._looking.said(asked, where):
            return Asking(looked)
        return None

    def act(self, asked: Asked, page: Page, form: Mapping[str, str]) -> None:
        """Let somebody send a form.

        Raises
        ------
        NotAllowed
            They may not; also where the page does not say what the form needs.

        """
        if self.is_declared:
            need = page.acts.get(form_named(asked, form))
            self.access.check(asked.session.person, need, page.place(asked, form))

    def is_look(self, page: Page, form: Mapping[str, str]) -> bool:
        """Tell whether a form says what somebody looks for."""
        return page.about is not None and form.get("what") == LOOK

    def look(self, asked: Asked, page: Page, form: Mapping[str, str], where: str) -> None:
        """Write down what somebody looks at and what for, and let them see it from now on.

        Raises
        ------
        NotAllowed
            Nothing they could say would let them.

        """
        asking = self.open(asked, page, where)
        if asking is None:
            return
        seen = viewed(asked, page, asking.looked, form)
        if asking.because and not seen.break_glass:
            raise NotAllowed(asking.because)
        why = form.get("reason", "").strip() if seen.break_glass else ""
        writer(asked).view(seen, why=why)
        self._looking.say(asked, where, breaks=seen.break_glass)

    def note(self, asked: Asked, page: Page) -> None:
        """Write an auditor's own look down, before the answer leaves."""
        if self.is_declared and self.access.is_auditor(asked.session.person):
            writer(asked).view(on_record(asked, page), why="")

    def may_open(self, asked: Asked, page: Page) -> bool:
        """Tell whether somebody may open a page that stands in the menu."""
        if not self.is_declared:
            return True
        need = page.need(asked)
        place = replace(page.place(asked, {}), narrowed=page.narrows)
        who = asked.session.person
        return need is not None and self.access.why_not(who, need, place) is None

    def _may_break(self, asked: Asked, need: Need | None, place: Place) -> bool:
        """Break-glass sets the place aside, never the role."""
        who, anywhere = asked.session.person, replace(place, sites=None, narrowed=True)
        return need is not None and self.access.why_not(who, need, anywhere) is None
