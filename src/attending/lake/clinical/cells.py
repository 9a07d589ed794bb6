"""Cells of flat tables: of which kind a view's column is, and what it holds of a value.

Flat columns hold text, whole numbers, decimals, doubles, yes or no, moments, and lists of text.
"""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from attending.fhir.boundary import time_of
from attending.lake.clinical.columns import EXACT, LIST, MOMENT, TEXT, WHOLE, YES_NO

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

KINDS: Mapping[str, pa.DataType] = {
    "boolean": YES_NO,
    "integer": WHOLE,
    "positiveInt": WHOLE,
    "unsignedInt": WHOLE,
    "integer64": WHOLE,
    "decimal": EXACT,
    "instant": MOMENT,
}
LARGEST = 2**63 - 1
PLAIN = -6  # where the first digit of a decimal stands at least that is written without exponent
SHORT = EXACT.scale + 2  # characters: so few, beside zero and point, are no more places than fit


class Column(Protocol):
    """A column of a view: its name, its FHIR type where one is told, and if it holds a list."""

    @property
    def name(self) -> str:
        """Give its name."""
        ...

    @property
    def type(self) -> str:
        """Give its FHIR type; empty where none is told."""
        ...

    @property
    def collection(self) -> bool:
        """Tell whether it holds a list."""
        ...


class DoesNotFit(Exception):  # noqa: N818  (caught here; its message names the column)
    """A value that the flat column cannot hold without changing it."""


def flat_kind(column: Column) -> pa.DataType:
    """Give the flat kind of a column: a list holds text, and what has no type is text."""
    return LIST if column.collection else KINDS.get(column.type, TEXT)


def flat(column: Column, value: Any) -> Any:
    """Give a value as its flat column holds it.

    Raises
    ------
    DoesNotFit
        Its column would change it.

    """
    if value is None:
        return None
    if column.collection:
        return [_text(each) for each in value]
    kind = KINDS.get(column.type, TEXT)
    if kind is TEXT:
        return _text(value)
    if kind is WHOLE and not -LARGEST <= value <= LARGEST:
        raise DoesNotFit(column.name)
    if kind is EXACT:
        return _exact(column, value)
    if kind is MOMENT:
        try:
            moment = time_of(value)
            if moment.tzinfo is None:  # it is no instant, and the machine's zone is not its
                raise DoesNotFit(column.name)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise DoesNotFit(column.name) from None
    return value


def _exact(column: Column, value: Any) -> Decimal:
    number = Decimal(value)
    if PLAIN <= number.adjusted() < EXACT.precision - EXACT.scale and len(str(number)) <= SHORT:
        return number
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise DoesNotFit(column.name)
    while exponent < -EXACT.scale and digits[-1:] == (0,):
        digits, exponent = digits[:-1], exponent + 1
    if exponent < -EXACT.scale or len(digits) + exponent > EXACT.precision - EXACT.scale:
        raise DoesNotFit(column.name)
    return Decimal((sign, digits, exponent))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
