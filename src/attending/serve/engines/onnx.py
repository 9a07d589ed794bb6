"""A model as an ONNX file, run in this process on one thread.

The file is taken by digest from the use-case folder (`serve.model_file`). Its inputs are
either one float tensor of all declared fields in the order that the model's `order` says, or one
tensor for each field, named as the field is. ``output`` names the tensor that holds the score; of
two columns the second is the score, as for a classifier of two classes. Says nothing of
outputs that are maps: export with ``zipmap`` off.

Reference: https://onnxruntime.ai/docs/api/python/api_summary.html
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime

from attending.errors import NoSuchName, Refused
from attending.serve.engine import Answer, check_scales, number
from attending.serve.model_file import check_self_contained, is_straight, read_model_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attending.serve.engine import Engine, Value
    from attending.spec.model import Model

TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
}
TWO_CLASSES = 2
PROMPT = 0.001  # seconds; a model that answers sooner is asked without a thread of its own
TRIALS = 5
_NUMBERS = {float, int, bool}


class _Onnx:
    def __init__(self, session: Any, model: Model, *, whole: bool, straight: bool) -> None:  # noqa: ANN401  onnxruntime ships no types
        self._run = session.run
        self._outputs = [model.output]
        names = model.order if whole and isinstance(model.order, tuple) else tuple(model.fields)
        self._fields = tuple((name, model.fields[name]) for name in names)
        self._inputs = [(i.name, TYPES[i.type]) for i in session.get_inputs()]
        self._names = [name for name, _ in self._fields]
        self._is_plain = all(
            field.codes is None and field.mean is None and field.scale is None
            for _, field in self._fields
        )
        self._whole = whole
        self.sha256 = (model.sha256 or "").lower()
        self.is_prompt = straight and self._quickest() < PROMPT

    def answer(self, fields: Mapping[str, Value]) -> Answer:
        """Run the model once, on one row."""
        row: list[Any] = [fields[name] for name in self._names]
        # A sum is finite only where each number is; where it is not, each is looked at.
        if not (self._is_plain and _NUMBERS.issuperset(map(type, row)) and math.isfinite(sum(row))):
            row = [number(name, field, fields[name]) for name, field in self._fields]
        return Answer(self._score(row))

    def _score(self, row: list[float]) -> float:
        if self._whole:
            name, kind = self._inputs[0]
            feed = {name: np.asarray([row], dtype=kind)}
        else:
            named = dict(zip(self._names, row, strict=True))
            feed = {n: np.asarray([[named[n]]], dtype=kind) for n, kind in self._inputs}
        return float(self._run(self._outputs, feed)[0].item(-1))

    def _quickest(self) -> float:
        """Give the seconds of the quickest of a few answers, to zeros."""
        took: list[float] = []
        for _ in range(TRIALS):
            start = time.perf_counter()
            self._score([0.0] * len(self._names))
            took.append(time.perf_counter() - start)
        return min(took)


def onnx(model: Model, folder: Path) -> Engine:
    """Open a model's file, and answer once with zeros to see that it can.

    Raises
    ------
    Refused
        For a file that is not the declared one, is not self-contained, or has other
        inputs or outputs than declared.

    """
    where = f"model {model.name}"
    check_scales(model, where=where)
    raw = read_model_file(model, folder)
    check_self_contained(raw, where=where)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # faster for one row, and leaves the other core to others
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors share no public base
        raise Refused("onnxruntime cannot open the file", where=where) from error
    whole = _check_inputs(session.get_inputs(), model, where)
    outputs = {o.name: o for o in session.get_outputs()}
    if model.output not in outputs:
        raise NoSuchName(model.output, "the model's outputs", outputs, where=where)
    _check_output(outputs[model.output], where)
    return _Onnx(session, model, whole=whole, straight=is_straight(raw, where=where))


def _check_inputs(inputs: list[Any], model: Model, where: str) -> bool:
    """Tell whether one tensor holds all fields; refuse what fits neither way."""
    for each in inputs:
        if each.type not in TYPES:
            raise Refused(f"input {each.name} is {each.type}", where=where, accepted=TYPES)
    if {i.name for i in inputs} == set(model.fields):
        return False
    width = inputs[0].shape[-1] if len(inputs) == 1 and inputs[0].shape else None
    if width == len(model.fields) or (len(inputs) == 1 and not isinstance(width, int)):
        _check_order(model, where)
        return True
    asked = ", ".join(f"{i.name}{i.shape}" for i in inputs)
    raise Refused(f"inputs {asked} do not fit {len(model.fields)} declared fields", where=where)


def _check_order(model: Model, where: str) -> None:
    """Refuse a tensor of several fields whose order nobody has said."""
    said = model.order if isinstance(model.order, tuple) else ()
    if len(model.fields) > 1 and sorted(said) != sorted(model.fields):
        raise Refused(
            "one tensor holds all fields, and `order:` does not name each of them once",
            where=where,
            accepted=[f"order: [{', '.join(model.fields)}]"],
        )


def _check_output(output: Any, where: str) -> None:  # noqa: ANN401  onnxruntime ships no types
    width = output.shape[-1] if output.shape else 1
    if output.type not in ("tensor(float)", "tensor(double)") or (
        isinstance(width, int) and width > TWO_CLASSES
    ):
        raise Refused(
            f"output {output.name} is {output.type}{output.shape}",
            where=where,
            accepted=["a float tensor of one or two columns"],
        )
