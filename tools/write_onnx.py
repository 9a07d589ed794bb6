"""Write a logistic model's declared coefficients as an ONNX graph, the same bytes everywhere.

``python tools/write_onnx.py usecases/uci_heart`` reads the folder's ``model.yaml``, writes
the file it names, and prints that file's SHA-256. The graph reads the declared fields in
the order that `order` says, standardized or coded as declared, in double precision. Nothing in
it depends on the machine, the day, or the versions of onnx that write opset 13.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

from onnx import TensorProto, checker, helper

from attending.admit import documents_of
from attending.errors import Refused
from attending.spec.model import Model
from attending.spec.parse import parse_document

OPSET, IR_VERSION = 13, 7  # old enough for every onnxruntime in use


def graph(model: Model) -> bytes:
    """Give the file's bytes."""
    if model.intercept is None:
        raise Refused("a logistic model needs its intercept", where=f"model {model.name}")
    order = model.order if isinstance(model.order, tuple) else tuple(model.fields)
    fields = [model.fields[name] for name in order]
    weights = [1.0 if f.coefficient is None else f.coefficient for f in fields]
    n = len(weights)
    constants = [
        helper.make_tensor("coefficients", TensorProto.DOUBLE, [n, 1], weights),
        helper.make_tensor("intercept", TensorProto.DOUBLE, [1], [model.intercept]),
    ]
    nodes = [
        helper.make_node("MatMul", ["fields", "coefficients"], ["weighed"]),
        helper.make_node("Add", ["weighed", "intercept"], ["log_odds"]),
        helper.make_node("Sigmoid", ["log_odds"], [model.output]),
    ]
    made = helper.make_model(
        helper.make_graph(
            nodes,
            model.name,
            [helper.make_tensor_value_info("fields", TensorProto.DOUBLE, [1, n])],
            [helper.make_tensor_value_info(model.output, TensorProto.DOUBLE, [1, 1])],
            constants,
        ),
        producer_name="attending",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    checker.check_model(made)
    return made.SerializeToString(deterministic=True)


def main(folder: Path) -> str:
    """Write the file that the folder's model names; give its digest."""
    document = documents_of((folder / "model.yaml").read_text("utf-8"), file="model.yaml")[0]
    spec, _ = parse_document(document)
    if not isinstance(spec, Model) or spec.file is None:
        raise Refused("a `kind: Model` with a file is wanted", where="model.yaml")
    raw = graph(spec)
    (folder / spec.file).write_bytes(raw)
    return sha256(raw).hexdigest()


if __name__ == "__main__":
    print(main(Path(sys.argv[1])))
