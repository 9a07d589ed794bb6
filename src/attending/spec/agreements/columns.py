"""A source agrees with itself: day, arm, display, subgroups and outcome columns.

Reads: Source. Says nothing of whether the file has these columns; the replay finds out.
"""

from __future__ import annotations

import math
import re
from datetime import date
from typing import TYPE_CHECKING

from attending.spec.agreement import HERE, Place
from attending.spec.source import DayColumn
from attending.spec.text import DATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.spec.agreement import Declared, Disagreement
    from attending.spec.source import ArmColumn, CaseColumns, OutcomeColumns, Source

DAY_FORMS = (
    "{column: studytime, days_since: site_launch}",
    "{column: at, as: date, since: 2026-01-01}",
    "{column: at, as: datetime}",
    "{hash_of: id, per_day: 10}",
)
DAY_SHAPES = (
    {"column", "days_since"},
    {"column", "as"},
    {"column", "as", "since"},
    {"hash_of", "per_day"},
)
ONE = 1e-9  # probabilities are written by hand: 0.333333333 three times is one


def columns(declared: Declared) -> Iterator[Disagreement]:
    """Tell what is wrong inside each source, and which sites it names that are not there."""
    sites = tuple(declared.sites)
    for source in declared.sources.values():
        yield from inside(source)
        here = Place("Source", source.name) / "cases"
        for value, site in (source.cases.site.map or {}).items():
            if site not in declared.sites:
                place = here / "site" / "map" / value
                yield place.unknown(site, "Site", sites, HERE)
        since = source.cases.day.since
        for site in since if isinstance(since, dict) else ():
            if site not in declared.sites:
                place = here / "day" / "since" / site
                yield place.unknown(site, "Site", sites, HERE)


def inside(source: Source) -> Iterator[Disagreement]:
    """Tell what is wrong inside one source."""
    here = Place("Source", source.name)
    cases = here / "cases"
    if source.cases.joins:
        yield from _joined(source.cases, cases)
    else:
        yield from _day(source.cases.day, cases / "day")
    if source.cases.arm is not None:
        yield from _arm(source.cases.arm, cases / "arm")
    for name, subgroup in source.cases.subgroups.items():
        cuts = subgroup.cuts
        if subgroup.map is not None and cuts is not None:
            yield (cases / "subgroups" / name).says("has both a map and cuts; keep one")
        if cuts is not None and (not cuts or list(cuts) != sorted(set(cuts))):
            yield (cases / "subgroups" / name / "cuts").says(
                "cuts must rise, each once, such as [65, 80]",
            )
    for name, outcome in source.outcomes.items():
        yield from _outcome(outcome, here / "outcomes" / name)


def _joined(cases: CaseColumns, here: Place) -> Iterator[Disagreement]:
    """Tell what a source has that the gateway's own record of the case says already."""
    told = {
        "day": cases.day != DayColumn(),
        "arm": cases.arm is not None,
        "display": cases.display is not None,
        "subgroups": bool(cases.subgroups),
        "inputs": bool(cases.inputs),
    }
    for name in (name for name, is_told in told.items() if is_told):
        yield (here / name).says(
            f"with joined_on, rows bring outcomes alone: the gateway answered the {cases.joins} "
            f"and recorded the case; leave out `{name}:`, or leave out `joined_on:` where rows "
            "tell of cases themselves",
        )


def _day(day: DayColumn, here: Place) -> Iterator[Disagreement]:
    written = {
        "column": day.column,
        "days_since": day.days_since,
        "as": day.as_,
        "since": day.since,
        "hash_of": day.hash_of,
        "per_day": day.per_day,
    }
    keys = {key for key, value in written.items() if value is not None}
    if keys not in DAY_SHAPES:
        said = ", ".join(key for key in written if key in keys) or "nothing"
        yield here.says(
            f"a day is told in exactly one of these ways, not by {said}: " + " or ".join(DAY_FORMS),
        )
    starts = day.since if isinstance(day.since, dict) else {"": day.since}
    for site, start in starts.items():
        if start is not None and parsed_day(start) is None:
            place = here / "since" / site if site else here / "since"
            yield place.says(f"{start!r} is no date; write one such as 2026-10-13")


def parsed_day(text: str) -> date | None:
    """Read ``2026-10-13``, or None; Python would also take ``2026-W42-2``."""
    try:
        return date.fromisoformat(text) if re.fullmatch(DATE, text) else None
    except ValueError:
        return None


def _arm(arm: ArmColumn, here: Place) -> Iterator[Disagreement]:
    mapped, drawn = set(arm.map.values()), set(arm.probability)
    for name in sorted(drawn - mapped):
        yield (here / "probability" / name).unknown(name, "arm", sorted(mapped), "in the map")
    for name in sorted(mapped - drawn):
        yield (here / "probability").says(
            f"arm {name!r} has no probability; write the one it was drawn with",
        )
    total = math.fsum(arm.probability.values())
    if abs(total - 1) > ONE:
        yield (here / "probability").says(f"probabilities must sum to 1, not {total:.12g}")


def _outcome(outcome: OutcomeColumns, here: Place) -> Iterator[Disagreement]:
    if (outcome.any is None) == (outcome.column is None):
        yield here.says(
            "an outcome is read in exactly one way: `any: [column, …]` or `column: name`",
        )
    tests = [outcome.true_when is not None, outcome.above is not None]
    if outcome.any is not None and not outcome.any:
        yield (here / "any").says("the list is empty; name at least one column")
    if outcome.column is not None and sum(tests) > 1:
        yield here.says("has both true_when and above; keep one")
    if outcome.column is None and any(tests):
        yield here.says("true_when and above go with `column:`, not with `any:`")
