"""Did a source begin to send another unit? By what it says, and by what its numbers do.

*What it says* is exact: a unit that was not among the first readings of a code at a site has
come. *What its numbers do* is for the source that changed the unit and not the label, or that
sends none: the numbers lie where they would if they were in a unit that was suspected beforehand.

For the second, each person or case counts once, with the first value that comes of it, since the
values of one patient say little of the source. The first of these are a reference, taken once and
frozen: half of it chooses the value beyond which a moved number would mostly lie and a number of
before would seldom; the other half bounds how seldom, exactly. What comes later is bet against that
bound, over every reading at which the change may have begun. While a source stays as it was, the
chance that a code at a site is ever reported is at most the share it was given, however often one
looks. A case mix that moves as far as a unit would is reported as well: it is a finding for a
person, and nothing is converted by it.

It does not see a change in the reference itself, nor one that moves numbers no further than they
spread anyway; it then says that it has too few, and not that all is well.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
import numpy as np

from attending.errors import Refused
from attending.fhir.ucum import converted
from attending.stats.begun import begun
from attending.stats.bernoulli_grid import bernoulli_grid
from attending.stats.bernoulli_mixture import bernoulli_terms
from attending.stats.rate_at_most import rate_at_most

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SHARE = 0.05
REFERENCE = 200  # persons or cases: half of them bound a rate of 5 % and below
MOST_SHOWN = 20  # row keys beside a finding
HORIZON = 1000.0  # readings after the reference within which a change is worth finding
LEAST_TOLD_APART = (
    0.25  # how much more often a moved number lies beyond the value than one of before
)
HIGHEST_AIM = 0.95  # one number that did not move with the others does not speak against it
SIX_DECIMALS = 1_000_000
NO_UNIT = "no unit"


class Reading(NamedTuple):
    """One value of one code at one site.

    Attributes
    ----------
    site, code
        Where, and of what.
    key
        A pseudonym of the person or case; each counts once.
    unit
        As it came; None where none was told.
    value
        As it came.
    row
        The row's key.

    """

    site: str
    code: str
    key: str
    unit: str | None
    value: float
    row: str


class Suspect(NamedTuple):
    """Two units that a code might come in, and the molar mass where one weighs and one counts."""

    from_unit: str
    to_unit: str
    molar_mass: Decimal | None = None


class UnitChange(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one code at one site.

    Attributes
    ----------
    kind
        *unit_text*: another unit is told. *jump*: the numbers moved and the unit did not.
    state
        *breach*, or *too_few* where it cannot be told either way.
    since_row
        The key of the first row in the other unit; of a jump, the likeliest.
    from_unit, to_unit
        The units, as they came or were suspected.
    n
        Readings since then (of a jump: persons or cases).
    ln_e
        Evidence of a jump, as a natural logarithm; None where the rule is exact.
    sample
        Keys of rows since then, at most 20.

    """

    site: str
    code: str
    kind: Literal["unit_text", "jump"]
    state: Literal["breach", "too_few"]
    from_unit: str
    to_unit: str
    since_row: str = ""
    n: int = 0
    ln_e: float | None = None
    sample: tuple[str, ...] = ()


def unit_changes(
    readings: Iterable[Reading],
    suspects: Mapping[str, Sequence[Suspect]] | None = None,
    *,
    share: float = SHARE,
    reference: int = REFERENCE,
) -> list[UnitChange]:
    """Tell where another unit came, or the numbers of one.

    Parameters
    ----------
    readings
        In the order in which they came; of any number of codes and sites.
    suspects
        By code, which units it might come in. Either way round is looked for.
    share
        The chance, for each code at each site, of reporting a jump that is none.
    reference
        How many readings (of a jump: persons or cases) say what is usual.

    Returns
    -------
    list of UnitChange
        By site and code. Nothing for a code at a site where all is as it was.

    Raises
    ------
    NotUcum
        A suspected unit is none.
    Refused
        A suspected unit does not convert into the other.

    """
    series: dict[tuple[str, str], list[Reading]] = {}
    for each in readings:
        series.setdefault((each.site, each.code), []).append(each)
    found: list[UnitChange] = []
    for (_, code), those in sorted(series.items()):
        found += _told_units(those, reference)
        found += _jumps(those, (suspects or {}).get(code, ()), share, reference)
    return found


def _told_units(readings: Sequence[Reading], reference: int) -> list[UnitChange]:
    usual = Counter(each.unit for each in readings[:reference])
    most = usual.most_common(1)[0][0]
    came: dict[str | None, list[str]] = {}
    for each in readings[reference:]:
        if each.unit not in usual:
            came.setdefault(each.unit, []).append(each.row)
    return [
        UnitChange(
            site=readings[0].site,
            code=readings[0].code,
            kind="unit_text",
            state="breach",
            from_unit=most or NO_UNIT,
            to_unit=unit or NO_UNIT,
            since_row=rows[0],
            n=len(rows),
            sample=tuple(rows[:MOST_SHOWN]),
        )
        for unit, rows in came.items()
    ]


@dataclass(frozen=True)
class _Line:
    """What a suspected change of unit does to a number."""

    slope: float
    start: float
    from_unit: str
    to_unit: str

    def moved(self, values: Floats) -> Floats:
        return np.asarray(values * self.slope + self.start)


def _lines(suspects: Iterable[Suspect], told: str | None) -> list[_Line]:
    """Give the ways a number might move; of those out of another unit than is told, none."""
    lines = []
    for each in suspects:
        for a, b in ((each.from_unit, each.to_unit), (each.to_unit, each.from_unit)):
            start = converted(0, a, b, molar_mass=each.molar_mass)
            slope = converted(1, a, b, molar_mass=each.molar_mass) - start
            if slope == 1 and start == 0:
                raise Refused(f"{a} and {b} are the same amount")
            is_elsewhere = told in (each.from_unit, each.to_unit) and told != a
            if not is_elsewhere:
                lines.append(_Line(float(slope), float(start), a, b))
    return lines


def _jumps(
    readings: Sequence[Reading], suspects: Sequence[Suspect], share: float, reference: int
) -> list[UnitChange]:
    found = []
    for unit in dict.fromkeys(each.unit for each in readings):
        lines = _lines(suspects, unit)
        once = _once_each([each for each in readings if each.unit == unit])
        for line in lines:
            told = _jump(once, line, share / len(lines), reference)
            if told is not None:
                found.append(told)
    return found


def _once_each(readings: Iterable[Reading]) -> list[Reading]:
    first: dict[str, Reading] = {}
    for each in readings:
        if np.isfinite(each.value):
            first.setdefault(each.key, each)
    return list(first.values())


def _jump(
    readings: Sequence[Reading], line: _Line, share: float, reference: int
) -> UnitChange | None:
    if not readings:
        return None
    told = UnitChange(
        site=readings[0].site,
        code=readings[0].code,
        kind="jump",
        state="too_few",
        from_unit=line.from_unit,
        to_unit=line.to_unit,
    )
    values = np.array([each.value for each in readings])
    usual, later = values[:reference], values[reference:]
    if len(usual) < reference:
        return told
    beyond = _beyond(usual[::2], line)
    bounding = usual[1::2]
    null = rate_at_most(int(beyond(bounding).sum()), len(bounding), share=share / 2)
    toward = float(beyond(line.moved(usual[::2])).mean())
    if min(toward, HIGHEST_AIM) - null < LEAST_TOLD_APART:
        return told
    if not later.size:
        return None
    aim = min(toward, HIGHEST_AIM)
    grid = bernoulli_grid(_rounded_up(null), aim, share=share / 2, horizon=HORIZON)
    hits = beyond(later).astype(np.float64)
    terms = bernoulli_terms(hits, np.ones_like(hits), grid=grid)
    ln_e = begun(terms, grid.ln_weights)
    if float(ln_e.max()) < np.log(2 / share):
        return None
    first = _likeliest_start(terms[0])
    rows = [each.row for each in readings[reference + first :]]
    return msgspec.structs.replace(
        told,
        state="breach",
        since_row=rows[0],
        n=len(rows),
        ln_e=float(ln_e.max()),
        sample=tuple(rows[:MOST_SHOWN]),
    )


def _rounded_up(rate: float) -> float:
    """Give a rate to six decimals, as the bets read it, and never less than it was."""
    return math.ceil(rate * SIX_DECIMALS) / SIX_DECIMALS


class _Beyond(NamedTuple):
    cut: float
    is_above: bool

    def __call__(self, values: Floats) -> NDArray[np.bool_]:
        return np.asarray(values > self.cut if self.is_above else values < self.cut)


def _beyond(usual: Floats, line: _Line) -> _Beyond:
    """Choose the cut that tells best apart what is usual and the same numbers moved."""
    moved = line.moved(usual)
    is_above = bool(np.median(moved) > np.median(usual))
    cuts = np.unique(np.concatenate([usual, moved]))
    between = (cuts[1:] + cuts[:-1]) / 2 if len(cuts) > 1 else cuts
    apart = []
    for cut in between:
        beyond = _Beyond(float(cut), is_above)
        apart.append(float(beyond(moved).mean() - beyond(usual).mean()))
    best = np.flatnonzero(np.asarray(apart) >= max(apart) - 1e-12)
    # In the middle of a gap: numbers to come may lie a little beyond those of before.
    return _Beyond(float(between[best[len(best) // 2]]), is_above)


def _likeliest_start(terms: Floats) -> int:
    """Give the reading from which on one bet would have won the most."""
    rest = np.cumsum(terms[::-1])[::-1]
    return int(np.argmax(rest))
