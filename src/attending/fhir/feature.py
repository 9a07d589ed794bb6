"""From rows of views to the values a model is given (contract C39): one code, two places.

A feature says which column of which view it reads, and how several rows become one value.
The gateway asks it of a request's resources and the lake of stored ones; both get the same
answer, because a feature sees only rows that were known at the moment it is asked about, and
in an order of its own, never in the order in which they came.

==============  ======================================================================
``one``         the value of the only row; two rows are *many*, never the one of them
``first, last`` by the order column; ties by resource id, then by row of the resource
``min, max``    of numbers, or of texts that are dates
``count``       how many rows hold a value
``any``         whether a row holds a value other than false
==============  ======================================================================

A row may hold something of which no map had one answer, or which is in a unit that does not
convert. It is not taken for a row that holds nothing: where the answer would rest on it, there is
none (``unmapped``, ``unit``). So `last` is missing where the last row is such a one, `count` and
`max` where any is, and `any` unless another row settles it.

What no row says is *missing*, with a reason. A view that was not asked for, or did not come,
is ``not_sent``, and then ``count`` is missing too: nothing known is not none.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import msgspec

from attending.errors import Refused
from attending.fhir.boundary import time_of
from attending.fhir.mapped import came_to_nothing, in_unit
from attending.fhir.ucum import is_ucum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Reduce = Literal["one", "first", "last", "min", "max", "count", "any"]
OnMissing = Literal["null", "refuse", "value"]
Reason = Literal["absent", "many", "not_a_value", "not_sent", "unit", "unmapped"]
Value = str | int | float | bool

ORDERED = ("first", "last")
LONGEST = 512  # characters of a text: codes and names, not notes
DURATION = r"^[1-9]\d{0,4} ?(min|h|d)$"
LENGTHS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
YEAR = timedelta(days=365.25)  # UCUM's Julian year, `a`
SPANS = LENGTHS | {"wk": timedelta(days=7), "mo": YEAR / 12, "a": YEAR}
PARTIAL = re.compile(r"^\d{4}(-\d{2})?$")
DATED = re.compile(r"^\d{4}-\d{2}(-\d{2})?|^\d{4}$")


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one value is made of a view's rows.

    Attributes
    ----------
    view, column
        Where it is read.
    reduce
        How several rows become one value.
    order
        The column that `first`, `last` and `within` go by: numbers, or FHIR dates and times.
    within
        Only rows whose `order` lies so far before the moment asked about, and not after it.
    on_missing
        ``null``: left out, for the model's own rule of filling; ``refuse``: no answer is made;
        ``value``: `value` stands in.
    unit, unit_column
        The UCUM unit the value is in, and the column that says so of each row: a row in
        another unit is converted into it, exactly; what does not convert makes the feature
        missing (``unit``), never a wrong number.
    molar_mass
        Grams in a mol of what is measured, where some rows weigh it and others count it.
    since
        The column holds a date; the value is how long before the moment asked about it lies,
        in this UCUM unit (``a`` years, ``mo``, ``wk``, ``d``, ``h``, ``min``).

    """

    view: Annotated[str, msgspec.Meta(description="the view whose rows it is made of")]
    column: Annotated[str, msgspec.Meta(description="the column of that view")]
    reduce: Annotated[Reduce, msgspec.Meta(description="how several rows become one value")]
    order: str = ""
    within: str = ""
    on_missing: OnMissing | None = "refuse"  # `null` as YAML reads it is None
    value: float | str | None = None
    unit: str = ""
    unit_column: str = ""
    molar_mass: Annotated[str, msgspec.Meta(pattern=r"^\d+(\.\d+)?$")] | None = None
    since: Literal["", "a", "mo", "wk", "d", "h", "min"] = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """List the columns it reads."""
        return tuple(c for c in (self.column, self.order, self.unit_column) if c)


class Row(NamedTuple):
    """One row of a view, and where it comes from.

    ``key`` names it to whoever may look (``Type/id@version#index``); ``known_at`` is None
    where it came with the question itself, and so was known when that was asked.
    """

    key: str
    id: str
    place: int
    known_at: datetime | None
    values: Mapping[str, object]


class Missing(NamedTuple):
    """Why there is no value."""

    reason: Reason


class Vector(msgspec.Struct, frozen=True):
    """The values, and the keys of the rows each was made from, in the order of keys."""

    values: dict[str, Value | Missing]
    read: dict[str, tuple[str, ...]]


def vector(
    features: Mapping[str, Feature], rows: Mapping[str, Sequence[Row] | None], at: datetime
) -> dict[str, Value | Missing]:
    """Give each feature's value at a moment, or why there is none.

    Parameters
    ----------
    features
        By name.
    rows
        By view; a view that is not there was not sent, and None is one that has a resource
        which could not be read.
    at
        The moment asked about, with its time zone: no row known later is seen.

    """
    return look(features, rows, at).values


def look(
    features: Mapping[str, Feature], rows: Mapping[str, Sequence[Row] | None], at: datetime
) -> Vector:
    """Give each feature's value and the rows that it was made from; see `vector`."""
    known = {
        view: [row for row in each if row.known_at is None or row.known_at <= at]
        for view, each in rows.items()
        if each is not None
    }
    values: dict[str, Value | Missing] = {}
    read: dict[str, tuple[str, ...]] = {}
    for name, feature in features.items():
        if feature.view not in known:
            sent = feature.view in rows
            values[name], read[name] = Missing("not_a_value" if sent else "not_sent"), ()
            continue
        seen = _window(feature, known[feature.view], at)
        values[name] = _value(feature, seen, at)
        read[name] = tuple(sorted(row.key for row in seen))
    return Vector(values, read)


def filled(
    features: Mapping[str, Feature], values: Mapping[str, Value | Missing]
) -> dict[str, Value]:
    """Give the values that stand in for missing ones, as `on_missing: value` declares."""
    return {
        name: feature.value
        for name, feature in features.items()
        if feature.on_missing == "value"
        and feature.value is not None
        and isinstance(values[name], Missing)
    }


def check(feature: Feature) -> str:
    """Say what is wrong within a feature, or nothing; its view and columns are asked elsewhere."""
    reduce, wants_order = feature.reduce, not feature.order
    wrong = (
        (
            reduce in ORDERED and wants_order,
            f"{reduce} needs `order:`, the column that says which row is {reduce}",
        ),
        (bool(feature.within) and wants_order, "within needs `order:`, the column that says when"),
        (
            bool(feature.within) and not re.match(DURATION, feature.within),
            f"within is {feature.within!r}; write a length such as 24 h, 30 min or 7 d",
        ),
        (
            (feature.on_missing == "value") != (feature.value is not None),
            "`on_missing: value` and `value:` go together; write both, or neither",
        ),
        (
            bool(feature.unit_column) and not feature.unit,
            "unit_column needs `unit:`, the UCUM code that the value is wanted in",
        ),
        (
            bool(feature.unit_column) and bool(feature.unit) and not is_ucum(feature.unit),
            f"{feature.unit!r} is no unit; write a code of UCUM, such as mmol/L",
        ),
        (
            feature.molar_mass is not None and not feature.unit_column,
            "molar_mass needs `unit_column:`, which says of each row what it is in",
        ),
        (
            bool(feature.since) and reduce in ("count", "any"),
            f"{reduce} gives no date to reckon from; leave out `since:`",
        ),
    )
    return next((said for is_so, said in wrong if is_so), "")


def length_of(text: str) -> timedelta:
    """Give the length in ``24 h``.

    Raises
    ------
    Refused
        For what is no such length.

    """
    if not re.match(DURATION, text):
        raise Refused(f"{text!r} is no length of time", accepted=["30 min", "24 h", "7 d"])
    number, unit = re.split(r" ?(?=[a-z])", text, maxsplit=1)
    return int(number) * LENGTHS[unit]


def moment_of(value: object) -> datetime | None:
    """Give a FHIR date, dateTime or instant as a moment; the start of what is partial.

    Without a time zone it is read as UTC. None for anything else.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if not isinstance(value, str) or not DATED.match(value):
        return None
    partial = PARTIAL.match(value)
    rest = "" if partial is None else "-01" if partial[1] else "-01-01"
    try:
        found = time_of(value + rest)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _window(feature: Feature, rows: Sequence[Row], at: datetime) -> list[Row]:
    if not feature.within:
        return list(rows)
    begin = at - length_of(feature.within)
    seen = []
    for row in rows:
        moment = moment_of(row.values.get(feature.order))
        if moment is not None and begin <= moment <= at:
            seen.append(row)
    return seen


def _value(feature: Feature, rows: list[Row], at: datetime) -> Value | Missing:
    held = [row for row in rows if row.values.get(feature.column) is not None]
    lost = [row for row in rows if came_to_nothing(row.values, feature.column)]
    if feature.reduce == "any" and any(
        row.values[feature.column] not in (False, [], ()) for row in held
    ):
        return True
    if feature.reduce in ("count", "any"):
        return Missing("unmapped") if lost else len(held) if feature.reduce == "count" else False
    chosen = _unusable(feature, rows, held, lost) or _REDUCES[feature.reduce](feature, held)
    if isinstance(chosen, Missing):
        return chosen
    return _since(chosen, feature, at) if feature.since else _plain(chosen)


def _unusable(
    feature: Feature, rows: list[Row], held: list[Row], lost: list[Row]
) -> Missing | None:
    if feature.reduce == "one" and len(rows) > 1:
        return Missing("many")
    if lost and _rests_on(feature, lost, held):
        return Missing("unmapped")
    return None if held else Missing("absent")


def _rests_on(feature: Feature, lost: list[Row], held: list[Row]) -> bool:
    """Tell whether a row that came to nothing might have been the one that is wanted."""
    if feature.reduce not in ORDERED:
        return True
    placed = _in_order(feature, [*lost, *held])
    if placed is None or not placed:
        return True
    end = placed[0] if feature.reduce == "first" else placed[-1]
    return any(end is row for row in lost)


def _only(feature: Feature, rows: list[Row]) -> object:
    return _held(feature, rows[0])


def _by_order(feature: Feature, rows: list[Row]) -> object:
    placed = _in_order(feature, rows)
    if placed is None:
        return Missing("not_a_value")  # numbers and dates in one column are in no order
    if not placed:
        return Missing("absent")
    return _held(feature, placed[0] if feature.reduce == "first" else placed[-1])


def _in_order(feature: Feature, rows: list[Row]) -> list[Row] | None:
    """Give the rows that have a place, in order; None where they have none among one another."""
    placed = [
        ((place, row.id, row.place), row)
        for row in rows
        if (place := _place(row.values.get(feature.order))) is not None
    ]
    if len({type(each[0][0]) for each in placed}) > 1:
        return None
    return [row for _, row in sorted(placed, key=lambda each: each[0])]


def _extreme(feature: Feature, rows: list[Row]) -> object:
    found = [_held(feature, row) for row in rows]
    wrong = next((each for each in found if isinstance(each, Missing)), None)
    if wrong is not None:
        return wrong
    placed = [(_place(value), row, value) for value, row in zip(found, rows, strict=True)]
    if any(place is None for place, _, _ in placed) or len({type(p) for p, _, _ in placed}) > 1:
        return Missing("not_a_value")
    choose = min if feature.reduce == "min" else max
    return choose(placed, key=lambda each: (each[0], each[1].id, each[1].place))[2]


def _held(feature: Feature, row: Row) -> object:
    """Give what a row holds, in the feature's unit."""
    value = row.values[feature.column]
    came_in = row.values.get(feature.unit_column) if feature.unit_column else feature.unit
    if came_in == feature.unit:
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return Missing("unit")
    amount = in_unit(value, came_in, feature.unit, molar_mass=feature.molar_mass)
    return Missing("unit") if amount is None else amount


_REDUCES: Mapping[str, Callable[[Feature, list[Row]], object]] = {
    "one": _only,
    "first": _by_order,
    "last": _by_order,
    "min": _extreme,
    "max": _extreme,
}


def _place(value: object) -> Decimal | datetime | None:
    """Give where a value stands among others: a number, or a moment."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value))
    return moment_of(value)


def _since(value: object, feature: Feature, at: datetime) -> Value | Missing:
    moment = moment_of(value)
    if moment is None:
        return Missing("not_a_value")
    return (at - moment) / SPANS[feature.since]


def _plain(value: object) -> Value | Missing:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, str):
        return value if 0 < len(value) <= LONGEST else Missing("not_a_value")
    return value if isinstance(value, bool | int | float) else Missing("not_a_value")
