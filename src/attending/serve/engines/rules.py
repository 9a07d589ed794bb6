"""Rows written by people: each that holds adds its points, and says why.

A row names one declared field, one comparison and what it adds:

    engine: rules
    intercept: 0
    rules:
      - {field: creatinine_ratio, at_least: 1.5, adds: 1, because: creatinine rose by half}

Comparisons: ``is``, ``is_not``, ``above``, ``at_least``, ``below``, ``at_most``. The
score is the intercept plus everything added; ``{because}`` on a card lists the reasons
of the rows that held. Says nothing of a combination of fields: compute that upstream.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, NamedTuple

from attending.errors import NoSuchName, Refused
from attending.serve.engine import Answer, BadInput, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from attending.serve.engine import Engine
    from attending.spec.model import Model

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "is": operator.eq,
    "is_not": operator.ne,
    "above": operator.gt,
    "at_least": operator.ge,
    "below": operator.lt,
    "at_most": operator.le,
}
ORDERED = ("above", "at_least", "below", "at_most")
WORDS = ("field", "adds", "because", *COMPARISONS)


class Row(NamedTuple):
    """One row, read."""

    field: str
    comparison: str
    against: Value
    adds: float
    because: str


class _Rules:
    is_prompt = True  # one comparison for each row

    def __init__(self, start: float, rows: tuple[Row, ...]) -> None:
        self._start = start
        self._rows = rows

    def answer(self, fields: Mapping[str, Value]) -> Answer:
        """Add up the rows that hold."""
        score = self._start
        reasons: list[str] = []
        for row in self._rows:
            if _holds(row, fields[row.field]):
                score += row.adds
                if row.because:
                    reasons.append(row.because)
        return Answer(score, {"because": "; ".join(reasons)})


def rules(model: Model, folder: Path) -> Engine:
    """Read the rows of a model.

    Raises
    ------
    Refused
        For a row that names no declared field, or not exactly one comparison.

    """
    where = f"model {model.name}"
    if not model.rules:
        raise Refused("an engine of rules needs at least one row", where=where)
    rows = tuple(_row(i, dict(row), model, where) for i, row in enumerate(model.rules))
    return _Rules(model.intercept or 0.0, rows)


def _row(index: int, raw: dict[str, Value], model: Model, where: str) -> Row:
    place = f"{where} rules[{index}]"
    for word in raw:
        if word not in WORDS:
            raise NoSuchName(word, "a row of rules", WORDS, where=place)
    field = str(raw.get("field", ""))
    if field not in model.fields:
        raise NoSuchName(field, "the model's fields", model.fields, where=place)
    asked = [word for word in raw if word in COMPARISONS]
    if len(asked) != 1:
        raise Refused("a row needs exactly one comparison", where=place, accepted=COMPARISONS)
    against, adds = raw[asked[0]], raw.get("adds", 1)
    if isinstance(adds, bool | str):
        raise Refused("adds must be a number", where=place)
    if asked[0] in ORDERED and isinstance(against, bool | str):
        raise Refused(f"{asked[0]} compares numbers", where=place)
    return Row(field, asked[0], against, float(adds), str(raw.get("because", "")))


def _holds(row: Row, value: Value) -> bool:
    textual = isinstance(value, str)
    if textual != isinstance(row.against, str):
        raise BadInput(f"{row.field} is {'text' if textual else 'a number'}, not as its row says")
    return COMPARISONS[row.comparison](value, row.against)
