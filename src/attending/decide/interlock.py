"""What an interlock is: a sentence of what is wrong with a plan, whoever signed it.

Interlocks check the planner's work and never ask it (an import contract says so): each
works out from the rollout, the standing and today's evidence what a plan may do. A plan
that can only hold or suspend meets none of them, for safety waits for nobody (P3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attending import rooms
from attending.facts.plan import protects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    from attending.decide.standing import Standing
    from attending.facts.duties import Checkup
    from attending.facts.plan import Change, Plan
    from attending.facts.verdict import Verdict
    from attending.spec.rollout import Rollout, Wave
    from attending.spec.use_case import UseCase

FRESH_DAYS = 7  # contract C3's default


@dataclass(frozen=True)
class Reported:
    """What one metric has reported from one site: cases matured, known, and the last day."""

    matured: int = 0
    known: int = 0
    last_on: int | None = None


@dataclass(frozen=True)
class GoLive:
    """Another use case went live at a site, on a day of the use case that asks."""

    use_case: str
    site: str
    day: int


def _no() -> bool:
    return False


def _nothing(*_forces: str) -> tuple[Checkup, ...]:
    return ()


@dataclass(frozen=True)
class Scene:
    """All that an interlock may look at.

    Attributes
    ----------
    plan
        The plan to be forbidden or let be.
    rollout, use_case
        The specs.
    standing
        Where things stand now.
    verdicts
        Every rule judged again, on the facts there are now.
    reported
        By metric and site.
    day, date
        Today, as a site day and in the calendar.
    elsewhere
        Where other use cases went live.
    unmet
        Gives the rules of a force that no fact shows to be met; asked only where one may forbid.
    registered
        Tells whether its tier and its committees ask for a row in the inventory and no vote, and
        the row is there; asked only where no approval is in force.

    """

    plan: Plan
    rollout: Rollout
    use_case: UseCase
    standing: Standing
    verdicts: Sequence[Verdict]
    reported: Mapping[tuple[str, str], Reported]
    day: int
    date: str
    elsewhere: tuple[GoLive, ...] = field(default=())
    unmet: Callable[..., Sequence[Checkup]] = field(default=_nothing)
    registered: Callable[[], bool] = field(default=_no)

    def report(self, metric: str, site: str) -> Reported:
        """Give what a metric has reported from a site; nothing where it never did."""
        return self.reported.get((metric, site), Reported())

    def widened(self) -> tuple[Change, ...]:
        """Give the changes after which more may be shown to more people than before."""
        return tuple(c for c in self.plan.changes if c.mode[1] == "live" and _more(c))

    def wave(self) -> Wave | None:
        """Give the wave this plan opens, by its own name for it."""
        return next((w for w in self.rollout.waves if w.name == self.plan.wave), None)

    def proof_sites(self) -> tuple[str, ...]:
        """Give the sites whose gates must be met: of the wave before, or where it returns.

        Empty for the first wave of all, which rests on people's word alone.
        """
        wave = self.wave()
        if wave is None:
            return ()
        if wave.name in self.standing.waves:
            return tuple(sorted({change.site for change in self.plan.changes}))
        place = self.rollout.waves.index(wave)
        return self.rollout.waves[place - 1].sites if place else ()


Trips = Callable[[Scene], Iterable[str]]


@dataclass(frozen=True)
class Interlock:
    """One interlock of the room.

    Attributes
    ----------
    sentence
        What is wrong with a plan that meets it.
    trips
        Gives each instance of it in a plan; none where there is nothing wrong.

    """

    sentence: str
    trips: Trips


@dataclass(frozen=True)
class Tripped:
    """An interlock that forbids a plan, and where it does."""

    name: str
    sentence: str
    where: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}: {self.sentence} ({'; '.join(self.where)})"


def tripped(room: ModuleType, scene: Scene) -> tuple[Tripped, ...]:
    """Ask every interlock of a room about a plan."""
    if protects(scene.plan):
        return ()
    found = []
    for name in rooms.names(room):
        interlock = rooms.fetch(room, name)
        if not isinstance(interlock, Interlock):
            raise TypeError(name)
        where = tuple(interlock.trips(scene))
        if where:
            found.append(Tripped(name, interlock.sentence, where))
    return tuple(found)


def _more(c: Change) -> bool:
    before, after = c.weekly_case_cap
    return (
        c.mode[0] != "live"
        or c.release[0] != c.release[1]
        or c.share[1] > c.share[0]
        or not {*c.users[1]} <= {*c.users[0]}
        or (before is not None and (after is None or after > before))
    )
