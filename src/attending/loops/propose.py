"""Propose: a condition that could not be judged is refused before anybody votes on it.

Everything it names must be measured here, it must be due where it has to be, what it asks
must fit what is left of the rollout's budget, and what is to be shown must be likely to be
shown by its day if it is true.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING

import msgspec

from attending.decide.mirror import mirror
from attending.decide.plan import members
from attending.errors import Refused
from attending.facts.cells import Cells, Side, Sums
from attending.loops.conditions import maturity_of
from attending.loops.measure import metric_named, named
from attending.spec.budget import EVERYWHERE, MOST_CONDITIONS, condition_share
from attending.spec.condition import Keep, Show
from attending.spec.mistake import Mistake, SpecRefused, nearest
from attending.spec.person import ROLES
from attending.spec.text import in_days

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from attending.loops.parts import Folded, Parts
    from attending.measure.metric import Metric
    from attending.spec.condition import Proposed
    from attending.spec.document import At
    from attending.spec.rollout import Rollout

# What a condition may wait for: facts that come about because somebody does something.
AWAITED = (
    "confirmed_rule/1",
    "decision/1",
    "departed/1",
    "hold/1",
    "lift/1",
    "packet/1",
    "receipt/1",
    "resume/1",
    "sign_off/1",
    "specs/1",
    "suspend/1",
    "tier/1",
)


@dataclass(frozen=True)
class Here:
    """The rollout that conditions are proposed for, as it stands."""

    parts: Parts
    folded: Folded
    rollout: Rollout
    today: date

    def measured(self) -> dict[str, tuple[str, ...]]:
        """Give the metrics that are measured here, with the outcomes they are of."""
        found: dict[str, tuple[str, ...]] = {}
        for each in named(self.rollout, self.parts.folder.use_case.monitoring):
            found[each.metric] = (*found.get(each.metric, ()), each.of)
        return found


def check_proposed(
    parts: Parts, folded: Folded, proposed: Sequence[Proposed], where: Callable[[At], str]
) -> None:
    """Refuse conditions that could not be judged, with everything that is wrong.

    Raises
    ------
    SpecRefused
        With a line for each mistake.
    Refused
        There is no rollout to set conditions on.

    """
    if parts.folder.rollout is None:
        raise Refused("there is no rollout here to set conditions on")
    here = Here(parts, folded, parts.folder.rollout, parts.clock.now().astimezone(UTC).date())
    mistakes: list[Mistake] = list(_counted(here, proposed, where))
    for i, each in enumerate(proposed):
        at: At = ("conditions", i)
        mistakes += [
            Mistake(m.what, where((*at, *m.at)), f"{each.id}", m.accepted, m.near)
            for m in _wrong(here, each)
        ]
    if mistakes:
        raise SpecRefused(mistakes)


class Wrong(msgspec.Struct, frozen=True):
    """One thing that is wrong inside one condition."""

    what: str
    at: tuple[str | int, ...] = ()
    accepted: tuple[str, ...] = ()
    near: str | None = None


def _unknown(name: str, thing: str, known: Collection[str], at: tuple[str | int, ...]) -> Wrong:
    return Wrong(f"there is no {thing} {name!r} here", at, tuple(known), nearest(name, known))


def _counted(
    here: Here, proposed: Sequence[Proposed], where: Callable[[At], str]
) -> Iterator[Mistake]:
    """Count names and what is left of the budget, over everything ever set here."""
    there = here.folded.standing.governed.conditions
    seen: set[str] = set(there)
    spent = {"hold": 0, "suspend": 0}
    for held in there.values():
        spent[held.condition.effect] += held.condition.share is not None
    for i, each in enumerate(proposed):
        at: At = ("conditions", i)
        if each.id in seen:
            what = f"condition {each.id!r} was set or is proposed already; give this one a new name"
            yield Mistake(what, where((*at, "id")), each.id)
        seen.add(each.id)
        spent[each.effect] += each.do is None
        if each.do is None and spent[each.effect] == MOST_CONDITIONS + 1:
            what = (
                f"budget.conditions.{each.effect} is spent: it is split over {MOST_CONDITIONS} "
                "conditions of a rollout, open or closed; another needs a new release and plan"
            )
            yield Mistake(what, where(at), each.id)


def _wrong(here: Here, each: Proposed) -> Iterator[Wrong]:
    forms = [name for name in ("show", "keep", "do") if getattr(each, name) is not None]
    if len(forms) != 1:
        yield Wrong(f"{len(forms)} of `show`, `keep` and `do` are written; write exactly one")
        return
    yield from _owned(here, each)
    if forms[0] != "keep":
        yield from _due(here, each)
    if each.do is not None and each.do.fact not in AWAITED:
        yield _unknown(each.do.fact, "type of fact", AWAITED, ("do", "fact"))
    bar = each.show or each.keep
    if bar is not None:
        found = list(_judged(here, each, bar))
        yield from found
        if not found and each.show is not None and each.due is not None:
            yield from _likely(here, each, each.show)


def _owned(here: Here, each: Proposed) -> Iterator[Wrong]:
    folder = here.parts.folder
    use_case = folder.use_case
    people = {m.person for c in folder.committees.values() for m in c.members}
    people |= {row.owner for row in use_case.monitoring} | {use_case.after_launch.owner}
    people |= {use_case.executive_sponsor.person, use_case.clinical_champion.person}
    if each.owner not in people and each.owner not in ROLES:
        yield _unknown(each.owner, "role or person", sorted(people) + list(ROLES), ("owner",))


def _due(here: Here, each: Proposed) -> Iterator[Wrong]:
    if each.due is None:
        yield Wrong("`due:` is missing; write by which day it must be met, such as 60 d")
        return
    try:
        days = _days_left(here, each.due)
    except ValueError:
        yield Wrong(f"{each.due!r} is no date; write one such as 2026-12-01", ("due",))
        return
    if days <= 0:
        yield Wrong(f"{each.due} is over; write a later day", ("due",))


def _days_left(here: Here, due: str) -> int:
    if due.endswith("d"):
        return in_days(due)
    return (date.fromisoformat(due) - here.today).days


def _judged(here: Here, each: Proposed, bar: Show | Keep) -> Iterator[Wrong]:
    form, measured = ("show" if each.show is not None else "keep"), here.measured()
    if bar.metric not in measured:
        yield _unknown(bar.metric, "metric measured", sorted(measured), (form, "metric"))
        return
    if bar.of not in measured[bar.metric]:
        yield _unknown(bar.of, f"outcome of {bar.metric}", measured[bar.metric], (form, "of"))
    sites = members(here.rollout, EVERYWHERE)
    for i, site in enumerate(bar.scope.sites):
        if site not in sites:
            yield _unknown(site, "site", sites, (form, "scope", "sites", i))
    attribute = bar.scope.subgroup.partition("=")[0]
    known = here.parts.folder.use_case.subgroups.attributes
    if bar.scope.subgroup != "all" and attribute not in known:
        yield _unknown(attribute, "subgroup", known, (form, "scope", "subgroup"))
    yield from _limits(each, bar, form, metric_named(bar.metric))


def _limits(each: Proposed, bar: Show | Keep, form: str, metric: Metric) -> Iterator[Wrong]:
    better = metric.better
    if better == "middle":
        yield Wrong(f"{bar.metric} is worse both ways, and a condition asks one", (form, "metric"))
        return
    if bar.better not in (None, better):
        yield Wrong(f"{better} is better for {bar.metric}", (form, "better"), (better,))
    if each.show is not None and each.effect != "hold":
        yield Wrong("what is not shown in time holds; nothing is suspended for want of cases")
    sign = 1 if better == "lower" else -1
    if isinstance(bar, Keep) and each.effect == "suspend":
        if bar.stop_line is None:
            yield Wrong("`stop_line:` is missing: the value that is clearly harmful", (form,))
        elif sign * (bar.stop_line - bar.floor) <= 0:
            yield Wrong("the stop line lies on the good side of the floor", (form, "stop_line"))
    elif bar.goal is None:
        yield Wrong("`goal:` is missing: the value that is promised", (form,))
    elif sign * (bar.floor - bar.goal) <= 0:
        yield Wrong("the goal lies on the bad side of the floor", (form, "goal"))


def _likely(here: Here, each: Proposed, show: Show) -> Iterator[Wrong]:
    """Say where it would more often than not be left untold, though it be true.

    The cases wanted are those after which the bet on the goal is expected to have settled
    it; with fewer it is met in less than half of the rollouts in which it is true.
    """
    maturity = maturity_of(here.parts.folder, show.of)
    left = _days_left(here, each.due or "") - maturity
    volume = _volume(here, show)
    if volume is None:
        what = (
            "no case has been seen yet, so that nobody can tell whether it can be shown by "
            f"{each.due}; write `expected: {{cases_a_day: …, event_share: …}}`"
        )
        yield Wrong(what, ("show",))
        return
    a_day, events = volume
    wanted = _cases_wanted(here, show, events)
    if wanted is None or wanted <= a_day * max(0, left):
        return
    days = math.ceil(wanted / a_day) + maturity
    wider = _wider(here, show, events, a_day * max(0, left))
    later = (here.today + timedelta(days=days)).isoformat()
    options = f"make it due on {later} or later ({days} d)" + (f", or {wider}" if wider else "")
    what = (
        f"its power by {each.due} is below one half: about {wanted:,} cases are wanted and about "
        f"{math.floor(a_day * max(0, left)):,} are expected; {options}"
    )
    yield Wrong(what, ("due",))


def _volume(here: Here, show: Show) -> tuple[float, float] | None:
    """Give cases a day and the share with an event: as seen here, else as was stated."""
    sites = show.scope.sites or members(here.rollout, EVERYWHERE)
    seen = here.folded.tally.cells(
        f"{show.metric}/{show.of}",
        "proposed",
        sites,
        design=here.parts.design,
        subgroup=show.scope.subgroup,
    )
    total = seen.total()
    if seen.from_on is None or seen.to_on is None or not total.n or not total.sn:
        stated = show.expected
        return None if stated is None else (stated.cases_a_day, stated.event_share)
    return total.n / (seen.to_on - seen.from_on + 1), min(1.0, total.sn / total.n)


def _cases_wanted(here: Here, show: Show, events: float, floor: float | None = None) -> int | None:
    share = condition_share(here.rollout, "hold")
    side = Side(show.floor if floor is None else floor, show.goal, share)
    arms = [here.parts.design.exposed, here.parts.design.comparison] if here.parts.design else [""]
    nothing = Cells("", "", {arm: Sums() for arm in arms}, None, None, "", design=here.parts.design)
    found = metric_named(show.metric).still_needed(nothing, side)
    if found is None:
        return None
    wanted, cases = found
    return cases if cases is not None else math.ceil(wanted / events)


def _wider(here: Here, show: Show, events: float, cases: float) -> str:
    """Name a floor, two steps away at most, that could be told by then."""
    scale = metric_named(show.metric).scale
    floor = mirror(show.floor, show.goal, scale)
    wanted = _cases_wanted(here, show, events, floor)
    fits = wanted is not None and wanted <= cases
    return f"widen the floor to {floor:.3g}" if fits else "ask for less: a wider floor or goal"
