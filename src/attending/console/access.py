"""Who may open a page and send a form: asked of the ledger at every request.

One place asks, and no template decides anything. What people hold is folded from the ledger as
it grows, so that a role that was taken away is gone with the next request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.clock import stamp
from attending.decide.people import AUDITOR, People, step
from attending.decide.permissions import READ, Need, reach, refusal
from attending.errors import Refused
from attending.ledger.following import Following

if TYPE_CHECKING:
    from attending.clock import Clock
    from attending.decide.permissions import Place, Reach
    from attending.ledger.read import Reader

UNDECLARED = "Nobody is declared here yet, so whoever opens this store may do everything."


class NotAllowed(Refused):
    """Something that this person may not see or do."""


class Access:
    """Asks the table of roles, over the people as the ledger has them now.

    Parameters
    ----------
    reader, clock
        The ledger, and what day it is.

    """

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._following = Following(reader, People(), step, kinds=("said",))
        self._clock = clock

    @property
    def people(self) -> People:
        """Give everybody as they are now."""
        return self._following.now()

    @property
    def date(self) -> str:
        """Give the day it is."""
        return stamp(self._clock.now())[:10]

    def why_not(self, person: str, need: Need, place: Place) -> str | None:
        """Say why somebody may not; None where they may."""
        return refusal(self.people, person, need, place, date=self.date)

    def check(self, person: str, need: Need | None, place: Place) -> None:
        """Refuse what the table does not give.

        Raises
        ------
        NotAllowed
            With who may; also where a page does not say what it needs.

        """
        if need is None:
            if self.people.is_declared:
                raise NotAllowed("this page does not say who may open it, so nobody may")
            return
        because = self.why_not(person, need, place)
        if because is not None:
            raise NotAllowed(because)

    def reach(self, person: str, need: Need | None) -> Reach:
        """Give how far somebody may read what a page shows."""
        return reach(self.people, person, need.kind if need is not None else "", date=self.date)

    def is_auditor(self, person: str) -> bool:
        """Tell whether somebody's own looking is written down, whatever they look at."""
        return any(role.role == AUDITOR for role in self.people.held(person, self.date))


def reads(kind: str) -> Need:
    """Give the need to read one kind of thing."""
    return Need(READ, kind)
