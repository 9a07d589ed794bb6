"""A published logistic model: an intercept and one coefficient for each field.

A numeric field is standardized by its ``mean`` and ``scale`` where they are given and
multiplied by its ``coefficient``; a coded field adds the number its code maps to, times
the coefficient where there is one. The score is the logistic of the sum. Says nothing
of interactions or splines: a model that has them comes as a file (`onnx`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.serve.engine import Answer, check_scales, number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attending.serve.engine import Engine, Value
    from attending.spec.model import Field, Model

FAR = 700.0  # beyond it exp overflows a double, and the logistic is 0 or 1 to every digit kept


class _Logistic:
    is_prompt = True  # one sum over the declared fields

    def __init__(self, intercept: float, fields: Mapping[str, Field]) -> None:
        self._intercept = intercept
        self._fields = tuple(
            (name, field, 1.0 if field.coefficient is None else field.coefficient)
            for name, field in fields.items()
        )

    def answer(self, fields: Mapping[str, Value]) -> Answer:
        """Give the probability."""
        total = self._intercept
        for name, field, coefficient in self._fields:
            total += coefficient * number(name, field, fields[name])
        return Answer(1.0 / (1.0 + math.exp(-max(-FAR, min(FAR, total)))))


def logistic(model: Model, folder: Path) -> Engine:
    """Read the coefficients of a model.

    Raises
    ------
    Refused
        Where the intercept, or a numeric field's coefficient, is not declared.

    """
    where = f"model {model.name}"
    check_scales(model, where=where)
    if model.intercept is None:
        raise Refused("a logistic model needs its intercept", where=where)
    for name, field in model.fields.items():
        if field.codes is None and field.coefficient is None:
            raise Refused(f"{name} needs a coefficient or codes", where=where)
    return _Logistic(model.intercept, model.fields)
