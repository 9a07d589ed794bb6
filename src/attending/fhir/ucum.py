"""Units of measure by UCUM: is this text a code, and how many of that unit is so many of this?

Codes are the case-sensitive ones. A code is a product of atoms with prefixes and exponents,
`mg/dL` or `10*3/uL`; what stands in braces is a remark and counts for nothing. Text that is no
code (`grams`, `mEq.`) is refused and never guessed, whatever a person would make of it.

Sizes are exact fractions. An arbitrary unit, such as `[iU]`, is convertible into its own
multiples alone. So are `mol`, `eq` and `osm` here, though UCUM defines the first as a number and
the others as a mol: how many mol a charge or a particle stands for depends on the substance. Nor is
a share of amounts a plain share: 53 mmol/mol of HbA1c is reported as 7.0 %, and not as 5.3. A unit
that is a remark alone, `{INR}`, is one of it and has no other size, such as %. A
scale that does not begin at zero (`Cel`) converts exactly; a logarithm (`[pH]`, `dB`) into
multiples of itself, since its other values have no exact size.

References
----------
Schadow G, McDonald CJ. The Unified Code for Units of Measure, version 2.2 (2024-06-17), section 2.

"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

from attending.errors import Refused
from attending.fhir.ucum_units import BASE, BINARY_PREFIXES, PREFIXES, UNITS

LONGEST = 128  # characters; UCUM's own longest example has 23
DEEPEST = 8  # parentheses within one another
LARGEST_EXPONENT = 99
MOST_DIGITS = 18  # of a whole number within a code

KEPT_APART = ("mol", "eq", "osm")

COMPONENT = re.compile(r"((?:[^\[\]]|\[[^\[\]]*\])*?)([+-]?[0-9]+)?")
ANNOTATION = re.compile(r"\{[!-z|~]*\}")
# A D-dimer is about twice as much in fibrinogen equivalents (FEU) as in its own units (DDU), and
# not always so many of the other, though UCUM reads both remarks as nothing.
D_DIMER = re.compile(r"\{(FEU|DDU)\}", re.IGNORECASE)
SYMBOL = re.compile(r"(?:\[[!-Z\\^-~]*\]|[!-'*+,\-0-9:-Z\\^-z|~])+")

KELVIN = (("K", 1),)
ZERO_AT = {  # kelvin = so many kelvin a degree, times the degrees, plus kelvin at zero degrees
    "Cel": (Fraction(1), Fraction("273.15")),
    "degF": (Fraction(5, 9), Fraction("459.67") * Fraction(5, 9)),
    "degRe": (Fraction(5, 4), Fraction("273.15")),
}

Dimensions = tuple[tuple[str, int], ...]


class NotUcum(Refused):
    """Text that is no code of UCUM."""


class Scale(NamedTuple):
    """A scale on which twice the number is not twice the amount."""

    function: str
    reference: Fraction


MIXED = Scale("in a product", Fraction(0))


@dataclass(frozen=True)
class Unit:
    """What a code stands for.

    Attributes
    ----------
    size
        How many of its base units; on a scale, how many of the scale's own unit.
    dimensions
        Its base and arbitrary units with their exponents, by name.
    scale
        Where it is no plain multiple of its base units.
    shares
        Which of those kept apart it is a share of: `mmol/mol` has no dimension, and is no number.

    """

    size: Fraction = Fraction(1)
    dimensions: Dimensions = ()
    scale: Scale | None = None
    shares: frozenset[str] = field(default=frozenset(), compare=False)


class _Row(NamedTuple):
    is_metric: bool
    is_arbitrary: bool
    value: Fraction
    unit: str
    function: str


@cache
def _rows() -> dict[str, _Row]:
    rows = {base: _Row(True, False, Fraction(1), "", "") for base in BASE}  # noqa: FBT003
    for line in UNITS.splitlines():
        code, flags, value, unit_, *function = line.split(" ")
        named = function[0] if function else ""
        rows[code] = _Row("m" in flags, "a" in flags, Fraction(value), unit_, named)
    return rows


@lru_cache(maxsize=4096)
def unit(text: str) -> Unit:
    """Read a code.

    Raises
    ------
    NotUcum
        For text that is no code.

    Examples
    --------
    >>> unit("mg/dL").size
    Fraction(10, 1)
    >>> unit("grams")
    Traceback (most recent call last):
    attending.fhir.ucum.NotUcum: 'grams' is no unit of UCUM, nor a prefix before one

    """
    if not text or len(text) > LONGEST:
        raise NotUcum(f"a code of UCUM has 1 to {LONGEST} characters, not {len(text)}")
    reading = _Reading(text)
    found = reading.term(0)
    if reading.at != len(text):
        raise NotUcum(f"{text[reading.at]!r} does not belong at {reading.at} in {text!r}")
    return found


def is_ucum(text: str) -> bool:
    """Tell whether text is a code of UCUM, to the letter."""
    try:
        unit(text)
    except NotUcum:
        return False
    return True


def factor(from_: str, to: str, *, molar_mass: Fraction | Decimal | None = None) -> Fraction:
    """Give how many of a unit one of another is.

    Parameters
    ----------
    from_, to
        Codes.
    molar_mass
        Grams in a mol of the substance, where one unit weighs it and the other counts it.

    Raises
    ------
    NotUcum
        For text that is no code.
    Refused
        Where there is no such number: the units measure different things, or one is a scale.

    Examples
    --------
    >>> factor("mg/dL", "umol/L", molar_mass=Decimal("113.12"))
    Fraction(62500, 707)

    """
    a, b = unit(from_), unit(to)
    if a.scale or b.scale:
        if a.scale == b.scale is not MIXED and not _has_zero_elsewhere(a):
            return a.size / b.size
        raise Refused(f"there is no factor from {from_} to {to}: one of them is a scale")
    ratio = a.size / b.size
    if len({each.upper() for each in D_DIMER.findall(f"{from_} {to}")}) > 1:
        raise Refused(f"{from_} to {to}: FEU and DDU are two scales of D-dimer")
    if a.dimensions == b.dimensions and a.shares != b.shares:
        raise Refused(f"{from_} to {to}: a share of amounts is no plain share")
    if a.dimensions == b.dimensions:
        if ratio != 1 and (ANNOTATION.fullmatch(from_) or ANNOTATION.fullmatch(to)):
            raise Refused(f"{from_} to {to}: a remark alone has no other size")
        return ratio
    weighed = _between(a.dimensions, b.dimensions)
    if weighed is None:
        raise Refused(f"{from_} and {to} do not measure the same thing")
    if molar_mass is None:
        raise Refused(f"{from_} to {to} needs the molar mass of the substance, in g/mol")
    mass = Fraction(molar_mass)
    if mass <= 0:
        raise Refused(f"a molar mass is above 0, not {molar_mass}")
    return Fraction(ratio / mass if weighed > 0 else ratio * mass)


def converted(
    value: Decimal | Fraction | int,
    from_: str,
    to: str,
    *,
    molar_mass: Fraction | Decimal | None = None,
) -> Fraction:
    """Give a value in another unit, exactly; see `factor` for what is refused.

    Examples
    --------
    >>> converted(Decimal("98.6"), "[degF]", "Cel")
    Fraction(37, 1)

    """
    if isinstance(value, Decimal) and not value.is_finite():
        raise Refused(f"{value} is no number of {from_}")
    amount = Fraction(value)
    a, b = unit(from_), unit(to)
    if from_ == to:
        return amount
    is_moved = _has_zero_elsewhere(a) or _has_zero_elsewhere(b)
    if is_moved and a.dimensions == b.dimensions == KELVIN:
        (slope, start), (slope_b, start_b) = _line(a), _line(b)
        return (amount * slope + start - start_b) / slope_b
    return amount * factor(from_, to, molar_mass=molar_mass)


def _has_zero_elsewhere(of: Unit) -> bool:
    return of.scale is not None and of.scale.function in ZERO_AT


def _line(of: Unit) -> tuple[Fraction, Fraction]:
    if of.scale is None:
        return of.size, Fraction(0)
    if of.scale.function not in ZERO_AT:
        raise Refused("a product with a temperature scale is not converted")
    slope, start = ZERO_AT[of.scale.function]
    return of.size * slope, start


def _between(a: Dimensions, b: Dimensions) -> int | None:
    """Tell whether two differ by one mass for one amount: 1, -1, or nothing."""
    apart = dict(a)
    for name, exponent in b:
        apart[name] = apart.get(name, 0) - exponent
    left = {name: exponent for name, exponent in apart.items() if exponent}
    if set(left) == {"g", "mol"} and left["g"] == -left["mol"] and abs(left["g"]) == 1:
        return left["g"]
    return None


class _Reading:
    """One pass over a code, by the grammar of UCUM."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def term(self, depth: int) -> Unit:
        if depth > DEEPEST:
            raise NotUcum(f"more than {DEEPEST} parentheses within one another in {self.text!r}")
        sign = -1 if self._takes("/") else 1
        found = _power(self._component(depth), sign)
        while (is_over := self._takes("/")) or self._takes("."):
            found = _times(found, _power(self._component(depth), -1 if is_over else 1))
        return found

    def _component(self, depth: int) -> Unit:
        if self._takes("("):
            inside = self.term(depth + 1)
            if not self._takes(")"):
                raise NotUcum(f"a parenthesis in {self.text!r} is not closed")
            self._matched(ANNOTATION)
            return inside
        remark = self._matched(ANNOTATION)
        if remark:
            return Unit()
        symbol = self._matched(SYMBOL)
        if not symbol:
            raise NotUcum(f"a unit is missing at {self.at} in {self.text!r}")
        self._matched(ANNOTATION)
        return _simple(symbol)

    def _takes(self, sign: str) -> bool:
        is_there = self.text.startswith(sign, self.at)
        self.at += is_there
        return is_there

    def _matched(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found.group() if found else ""


def _simple(symbol: str) -> Unit:
    if symbol.isdigit():
        if len(symbol) > MOST_DIGITS or int(symbol) == 0:
            raise NotUcum(f"{symbol!r} is no number that a code may hold")
        return Unit(Fraction(int(symbol)))
    found = COMPONENT.fullmatch(symbol)
    name, exponent = (found.group(1), int(found.group(2) or 1)) if found else (symbol, 1)
    if abs(exponent) > LARGEST_EXPONENT:
        raise NotUcum(f"an exponent is at most {LARGEST_EXPONENT}, not {exponent}")
    return _power(_named(name), exponent)


def _named(name: str) -> Unit:
    if name in _rows():
        return _atom(name)
    for prefix in (name[:2], name[:1]):
        row = _rows().get(name[len(prefix) :])
        if row is None or not row.is_metric:
            continue
        size = _prefix(prefix)
        if size is not None:
            atom = _atom(name[len(prefix) :])
            return replace(atom, size=atom.size * size)
    raise NotUcum(f"{name!r} is no unit of UCUM, nor a prefix before one")


def _prefix(prefix: str) -> Fraction | None:
    if prefix in PREFIXES:
        return Fraction(10) ** PREFIXES[prefix]
    return Fraction(2) ** BINARY_PREFIXES[prefix] if prefix in BINARY_PREFIXES else None


@cache
def _atom(name: str) -> Unit:
    row = _rows()[name]
    is_own = row.is_arbitrary and row.unit == "1"
    if name in BASE or name in KEPT_APART or is_own:
        return Unit(dimensions=((name, 1),))
    of = unit(row.unit)
    if row.function:
        return Unit(Fraction(1), of.dimensions, Scale(row.function, row.value * of.size))
    return replace(of, size=of.size * row.value)


def _power(of: Unit, exponent: int) -> Unit:
    if exponent == 1:
        return of
    dimensions = tuple((name, each * exponent) for name, each in of.dimensions if exponent)
    return Unit(of.size**exponent, dimensions, MIXED if of.scale else None, of.shares)


def _times(a: Unit, b: Unit) -> Unit:
    together = dict(a.dimensions)
    for name, exponent in b.dimensions:
        together[name] = together.get(name, 0) + exponent
    left = tuple(sorted((name, exponent) for name, exponent in together.items() if exponent))
    gone = {name for name in KEPT_APART if together.get(name) == 0}
    shares = (a.shares | b.shares | gone) - {name for name, _ in left}
    return Unit(a.size * b.size, left, MIXED if a.scale or b.scale else None, shares)
