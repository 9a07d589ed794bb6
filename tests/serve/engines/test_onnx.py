"""An ONNX file is run only if it is the declared one, whole, and inside its folder."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import numpy as np
import pytest

from attending import shapes
from attending.digest import canonical, digest
from attending.errors import NoSuchName, Refused
from attending.serve import model_file
from attending.serve.engine import BadInput
from attending.serve.engines import onnx as engines
from attending.serve.engines.onnx import onnx as build
from attending.spec.model import Model

onnx = pytest.importorskip("onnx")


def saved(folder, *, columns=2, per_field=False, external=False, name="m.onnx"):
    """Write a model: score = a + 2b, beside its complement where it has two columns."""
    helper, tensor = onnx.helper, onnx.TensorProto
    weights = np.array([[1.0], [2.0]], dtype=np.float32)
    if columns == 2:
        weights = np.concatenate([-weights, weights], axis=1)
    constant = onnx.numpy_helper.from_array(weights, "w")
    if external:
        onnx.external_data_helper.set_external_data(constant, location="../../secret")
        constant.ClearField("raw_data")
        constant.data_location = tensor.EXTERNAL
    nodes = [helper.make_node("MatMul", ["x", "w"], ["probabilities"])]
    inputs = [helper.make_tensor_value_info("x", tensor.FLOAT, [None, 2])]
    if per_field:
        nodes.insert(0, helper.make_node("Concat", ["a", "b"], ["x"], axis=1))
        inputs = [helper.make_tensor_value_info(n, tensor.FLOAT, [None, 1]) for n in "ba"]
    output = helper.make_tensor_value_info("probabilities", tensor.FLOAT, [None, columns])
    graph = helper.make_graph(nodes, "g", inputs, [output], [constant])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    raw = made.SerializeToString()
    (folder / name).write_bytes(raw)
    return raw


def model(raw, **over):
    given = {
        "kind": "Model",
        "name": "m",
        "title": "M",
        "version": "1",
        "engine": "onnx",
        "file": "m.onnx",
        "sha256": sha256(raw).hexdigest(),
        "fields": {"a": {}, "b": {"mean": 1, "scale": 2}},
        "order": ["a", "b"],
        "output": "probabilities",
    }
    return shapes.convert(given | over, Model)


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("per_field", [False, True])
def test_it_answers_from_the_declared_fields(tmp_path, columns, per_field):
    raw = saved(tmp_path, columns=columns, per_field=per_field)
    answer = build(model(raw), tmp_path).answer({"a": 0.25, "b": 2.0, "c": "never read"})
    assert answer.score == pytest.approx(0.25 + 2 * (2.0 - 1) / 2)


def test_fields_written_in_another_order_are_read_as_the_file_holds_them(tmp_path):
    raw = saved(tmp_path)
    turned = {"b": {"mean": 1, "scale": 2}, "a": {}}
    written, back = model(raw, fields=turned), msgspec.json.decode(canonical(turned))
    for each in (written, model(raw, fields=back)):
        answer = build(each, tmp_path).answer({"a": 0.25, "b": 2.0})
        assert answer.score == pytest.approx(0.25 + 2 * (2.0 - 1) / 2)


def test_two_orders_are_two_models(tmp_path):
    raw = saved(tmp_path)
    there, other = (model(raw, order=order) for order in (["a", "b"], ["b", "a"]))
    assert digest(msgspec.to_builtins(there)) != digest(msgspec.to_builtins(other))


@pytest.mark.parametrize("order", [["a"], ["a", "b", "b"], ["a", "c"], msgspec.UNSET])
def test_one_tensor_whose_order_nobody_said_is_refused(tmp_path, order):
    said = order if order is msgspec.UNSET else tuple(order)
    declared = msgspec.structs.replace(model(saved(tmp_path)), order=said)
    with pytest.raises(Refused, match="order"):
        build(declared, tmp_path)


def test_another_file_under_the_same_name_is_refused(tmp_path):
    raw = saved(tmp_path)
    declared = model(raw)
    saved(tmp_path, columns=1)
    with pytest.raises(Refused, match="digest"):
        build(declared, tmp_path)


@pytest.mark.parametrize("path", ["../m.onnx", "/etc/passwd", "inside/../../m.onnx", "none.onnx"])
def test_a_file_outside_the_folder_is_refused(tmp_path, path):
    raw = saved(tmp_path)
    folder = tmp_path / "usecase"
    folder.mkdir()
    with pytest.raises(Refused, match="no file"):
        build(model(raw, file=path), folder)


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    raw = saved(tmp_path)
    folder = tmp_path / "usecase"
    folder.mkdir()
    (folder / "m.onnx").symlink_to(tmp_path / "m.onnx")
    with pytest.raises(Refused, match="no file"):
        build(model(raw), folder)


def test_data_outside_the_file_is_refused(tmp_path):
    raw = saved(tmp_path, external=True)
    with pytest.raises(Refused, match="outside itself"):
        build(model(raw), tmp_path)


def test_data_outside_the_file_is_found_at_any_depth(tmp_path):
    raw = saved(tmp_path, external=True)
    inner = onnx.load_from_string(raw).graph
    value = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [None])
    node = onnx.helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)
    graph = onnx.helper.make_graph([node], "outer", [], [value])
    outer = onnx.helper.make_model(graph).SerializeToString()
    (tmp_path / "m.onnx").write_bytes(outer)
    with pytest.raises(Refused, match="outside itself"):
        build(model(outer), tmp_path)


def test_a_file_past_the_cap_is_refused(tmp_path, monkeypatch):
    raw = saved(tmp_path)
    monkeypatch.setattr(model_file, "MAX_BYTES", len(raw) - 1)
    with pytest.raises(Refused, match="larger"):
        build(model(raw), tmp_path)


@pytest.mark.parametrize("junk", [b"\x80\x04\x95pickle.", b"", b"\xff" * 64, b"\x3a\x7f"])
def test_what_is_no_onnx_file_is_refused(tmp_path, junk):
    (tmp_path / "m.onnx").write_bytes(junk)
    with pytest.raises(Refused):
        build(model(junk), tmp_path)


def test_an_output_or_a_width_that_is_not_there_is_refused(tmp_path):
    raw = saved(tmp_path)
    with pytest.raises(NoSuchName, match="did you mean 'probabilities'"):
        build(model(raw, output="probability"), tmp_path)
    with pytest.raises(Refused, match="do not fit"):
        build(model(raw, fields={"a": {}, "b": {}, "c": {}}, order=["a", "b", "c"]), tmp_path)


def test_a_model_is_prompt_only_where_each_step_is_run_once_and_soon(tmp_path, monkeypatch):
    made = model(saved(tmp_path))
    assert build(made, tmp_path).is_prompt
    monkeypatch.setattr(engines, "PROMPT", 0.0)
    assert not build(made, tmp_path).is_prompt
    monkeypatch.undo()

    straight = onnx.load(tmp_path / "m.onnx")
    assert model_file.is_straight(straight.SerializeToString(), where="here")
    helper = onnx.helper
    inside = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "inside", [], [])
    branch = helper.make_node("If", ["c"], ["y"], then_branch=inside, else_branch=inside)
    straight.graph.node.append(branch)
    assert not model_file.is_straight(straight.SerializeToString(), where="here")


def test_numbers_of_every_kind_are_the_same_row(tmp_path):
    engine = build(model(saved(tmp_path), fields={"a": {}, "b": {}}), tmp_path)
    scores = {engine.answer({"a": a, "b": b}).score for a in (1, 1.0, True) for b in (2, 2.0)}
    assert scores == {5.0}


@pytest.mark.parametrize("value", ["1", float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_never_read_as_one(tmp_path, value):
    engine = build(model(saved(tmp_path), fields={"a": {}, "b": {}}), tmp_path)
    with pytest.raises(BadInput):
        engine.answer({"a": value, "b": 1.0})
