"""What an engine is: something that answers from the declared fields, and nothing else.

An engine lives in `serve/engines`, in a file of its own name, as a function of that
name: it takes a `Model` and the use-case folder and gives an `Engine`. It is built once,
when the gateway starts, and refuses there whatever it could not answer with. It never
unpickles, never opens a path that did not come from the folder, and holds no state
between two answers: it is called from several threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

from attending.errors import Refused
from attending.spec.model import Model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.fhir.cleared import Cleared
    from attending.serve.egress import Sent
    from attending.spec.model import Field

Value = str | float | int | bool


class Answer(msgspec.Struct, frozen=True):
    """What an engine said.

    Attributes
    ----------
    score
        A finite number; between 0 and 1 where the model's output is a probability.
    details
        What a card may quote beside the declared fields.

    """

    score: float
    details: dict[str, Value] = {}


class Engine(Protocol):
    """Something that answers."""

    def answer(self, fields: Mapping[str, Value]) -> Answer:
        """Answer from the declared fields, every one of them there."""


class WayOut(Protocol):
    """What leads to a vendor; `serve.egress` is the only one there is."""

    def check(self, fields: Iterable[str]) -> None:
        """Refuse fields that may not go."""

    def send(self, given: Cleared) -> Sent:
        """Send what was cleared, once."""


@runtime_checkable
class Outside(Protocol):
    """An engine that answers elsewhere, and needs a way out to be asked."""

    def linked(self, out: WayOut) -> Engine:
        """Give the same engine with a way out."""


@runtime_checkable
class Prompt(Protocol):
    """An engine that may be asked without a thread of its own.

    It takes the same few steps whatever it is given: nothing in it is repeated, fetched or waited
    for, and where its steps are somebody else's they were timed.
    """

    is_prompt: bool


@runtime_checkable
class OfFile(Protocol):
    """An engine that was made of a model's file."""

    sha256: str


class NoWayOut(Refused):
    """A model that is asked outside, where nothing may go out."""


Make = Callable[[Model, Path], Engine]


class BadInput(Refused):
    """A declared field holds what the model cannot read; the value is never quoted."""


def number(name: str, field: Field, value: Value) -> float:
    """Give a field as the number a model reads: coded or standardized as declared.

    Raises
    ------
    BadInput
        For text where a number stands, or a code that the model does not know.

    """
    if field.codes is not None:
        if not isinstance(value, str) or value not in field.codes:
            raise BadInput(f"{name} holds no code the model knows", accepted=field.codes)
        return field.codes[value]
    if isinstance(value, bool):
        value = int(value)
    if isinstance(value, str) or not math.isfinite(value):
        raise BadInput(f"{name} is not a number")
    if field.mean is None and field.scale is None:
        return float(value)
    return (value - (field.mean or 0.0)) / (1.0 if field.scale is None else field.scale)


def check_scales(model: Model, *, where: str) -> None:
    """Refuse a model with no fields, or one that would divide by nothing."""
    if not model.fields:
        raise Refused("a model without fields reads nothing", where=where)
    for name, field in model.fields.items():
        if field.scale is not None and not (math.isfinite(field.scale) and field.scale > 0):
            raise Refused(f"{name}: scale must be above zero", where=where)
