"""An answer is computed again from what was kept; what was altered is named."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from datetime import UTC, datetime
from hashlib import sha256
from uuid import uuid4

import msgspec
import numpy as np
import pytest
from ruamel.yaml import YAML

from attending.admit import admit
from attending.cli.demo import STORY
from attending.cli.staging.playing import Stage
from attending.facts.fact import By
from attending.ledger import layout
from attending.ledger.open_ledger import open_ledger
from attending.ledger.open_reader import open_reader

CODES = ("2524-7", "8867-4", "9279-1", "6690-2", "8310-5")
USUAL = (2.2, 88, 19, 9.8, 37.2)


def request(dice, *, missing=False, text=False):
    values = [round(u * dice.uniform(0.7, 1.4), 2) for u in USUAL]
    entries = [
        {"resource": {
            "resourceType": "Observation",
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "valueQuantity": {"value": "high" if text and code == CODES[0] else value},
        }}
        for code, value in zip(CODES[missing:], values[missing:], strict=True)
    ]  # fmt: skip
    name = uuid4().hex
    return {
        "hook": "patient-view", "hookInstance": str(uuid4()),
        "context": {"userId": "Practitioner/x", "patientId": name},
        "prefetch": {"vitals": {"resourceType": "Bundle", "entry": entries}},
    }  # fmt: skip


def answered(folder, store):
    """Let a real gateway answer a few times, silently; close the store."""
    stage, dice = (
        Stage(admit(folder), store, began=datetime(2026, 7, 21, 8, tzinfo=UTC)),
        random.Random(1),
    )
    (plan,) = stage.do({"do": "waits"})["plans"]
    stage.do({"do": "sign", "plan": plan["digest"], "role": "committee_chair",
              "person": "committee-chair"})  # fmt: skip
    assert stage.do({"do": "apply", "plan": plan["digest"]}) == {}
    bodies = [request(dice) for _ in range(20)]
    bodies += [request(dice, missing=True), request(dice, text=True)]
    for body in bodies:
        path = "/sites/Alder/cds-services/sepsis_alert"
        assert stage.do({"do": "post", "path": path, "body": body})["status"] == 200
    off = stage.do(
        {"do": "post", "path": "/sites/Quince/cds-services/sepsis_alert", "body": bodies[0]}
    )
    assert off["status"] == 200
    stage.end()


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    store = tmp_path_factory.mktemp("answered") / "store"
    answered(STORY, store)
    return store


@pytest.fixture
def store(original, tmp_path):
    shutil.copytree(original, tmp_path / "store")
    return tmp_path / "store"


def given(store, which=0):
    reader = open_reader(store)
    found = [e.fact.body for e in reader.entries() if e.fact.body.get("score") is not None]
    reader.close()
    return found[which]


def changed(store, sql, *values):
    with sqlite3.connect(layout.database(store)) as database:
        assert database.execute(sql, values).rowcount == 1


def test_every_answer_comes_out_equal_and_so_does_every_refusal_to_answer(store, auditor):
    answer = auditor(store).ask(2)
    (row,) = auditor(store).rows(2)

    assert (answer["status"], answer["exceptions"]) == ("answered", [])
    assert (row["n"], row["n_equal"], row["n_no_score"]) == (22, 22, 2)
    assert answer["counts"]["no_model_asked"] == 1
    assert answer["digest"] == auditor(store).ask(2)["digest"]


def test_one_answer_is_told_with_both_scores_and_no_input(store, auditor):
    body = given(store)
    answer = auditor(store).ask(2, prediction=body["prediction"])
    row = dict(zip(answer["columns"], answer["rows"][0], strict=True))

    assert row["score"] == pytest.approx(row["score_again"], rel=1e-9)
    assert (row["key"], row["inputs"]) == (body["prediction"], body["inputs"])
    assert "lactate" not in json.dumps(answer)


def test_an_altered_input_is_named(store, auditor):
    body = given(store, 3)
    changed(
        store,
        "UPDATE payload SET sealed = zeroblob(length(sealed)) WHERE digest = ?",
        body["inputs"],
    )

    assert auditor(store).against(2) == {
        body["prediction"]: "its inputs are not those that were kept"
    }


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"score": 0.25}, "the score on record is 0.25"),
        ({"display": "no_advice", "score": None}, ""),
        ({"display": "shown", "threshold": 1.0}, "by its threshold it should not have been"),
        ({"display": "no_advice", "threshold": 0.0}, "by its threshold it should not have been"),
        ({"model": "f" * 64}, "another model than the one declared answered"),
        ({"prediction": "another"}, "its inputs were kept for another answer"),
        ({"display": "failed", "reason": "missing_input", "score": None}, "it has a score"),
        ({"display": "late", "score": None}, ""),
    ],
)
def test_what_is_on_record_otherwise_than_it_comes_out_is_named(store, auditor, change, because):
    """A second fact of one answer takes the first one's place, as a correction does."""
    reader = open_reader(store)
    fact = next(e.fact for e in reader.entries() if e.fact.body.get("score") is not None)
    reader.close()
    body = {**fact.body, **change}
    auditor(store).with_facts(msgspec.structs.replace(fact, body=body))

    wrong = auditor(store).against(2)
    assert list(wrong) == ([body["prediction"]] if because else [])
    assert because in "".join(wrong.values())


def test_inputs_that_are_gone_are_named_unless_their_erasure_is_on_record(store, auditor):
    body = given(store, 3)
    changed(store, "DELETE FROM payload WHERE digest = ?", body["inputs"])
    assert auditor(store).against(2) == {
        body["prediction"]: "its inputs are gone, and no erasure is on record"
    }

    reader, pen = open_ledger(store)
    pen.erase([], by=By("officer"), at="2026-08-01T00:00:00Z", because="asked",
              payloads=[body["inputs"], given(store, 4)["inputs"]])  # fmt: skip
    pen.close()
    reader.close()
    answer = auditor(store).ask(2)
    assert (answer["status"], answer["exceptions"]) == ("partial", [])
    assert answer["needs"] == ["inputs that were erased (2 answers)"]
    assert answer["rows"][0][5] == 20


def test_without_the_key_it_says_so_and_claims_nothing(store, auditor):
    layout.payload_key(store).unlink()

    answer = auditor(store).ask(2)
    assert (answer["status"], answer["rows"]) == ("partial", [])
    assert answer["needs"] == ["the key of the payload store (22 answers)"]


def test_an_answer_recorded_elsewhere_is_told_as_one_that_cannot_be_computed_again(wrote):
    card = wrote.card("a", "2026-01-01T09:00:00Z")
    card.body["origin"] = "recorded"
    wrote.add(card)

    assert wrote.auditor.ask(2)["needs"] == [
        "the inputs of answers that were recorded elsewhere (1 answers)"
    ]


@pytest.fixture
def with_file(tmp_path):
    """Give the story's folder with a model that is a file, and a store it answered into."""
    onnx = pytest.importorskip("onnx")
    helper, tensor = onnx.helper, onnx.TensorProto
    folder = tmp_path / "specs"
    shutil.copytree(STORY, folder)
    weights = np.array([[0.02], [0.001], [0.002], [0.003], [0.004]], dtype=np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["probabilities"])],
        "g",
        [helper.make_tensor_value_info("x", tensor.FLOAT, [None, 5])],
        [helper.make_tensor_value_info("probabilities", tensor.FLOAT, [None, 1])],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    raw = made.SerializeToString()
    (folder / "m.onnx").write_bytes(raw)
    yaml, path = YAML(), folder / "model.yaml"
    model, vendor = yaml.load_all(path.read_text("utf-8"))
    del model["intercept"]
    fields = {name: {} for name in model["fields"]}
    model |= {"engine": "onnx", "file": "m.onnx", "sha256": sha256(raw).hexdigest(),
              "fields": fields, "order": [*fields], "output": "probabilities"}  # fmt: skip
    with path.open("w", encoding="utf-8") as file:
        yaml.dump_all([model, vendor], file)
    answered(folder, tmp_path / "store")
    return folder, tmp_path / "store"


def test_a_model_in_a_file_is_asked_only_if_it_is_the_declared_one(with_file, auditor):
    folder, store = with_file
    asks = auditor(store)

    assert asks.ask(2)["needs"] == ["the file of model early_sepsis (--folder) (22 answers)"]
    whole = asks.ask(2, folders=[folder])
    assert (whole["status"], whole["exceptions"], whole["counts"]["computed_again"]) == (
        "answered", [], 22,
    )  # fmt: skip

    raw = bytearray((folder / "m.onnx").read_bytes())
    raw[-1] ^= 1
    (folder / "m.onnx").write_bytes(raw)
    altered = asks.ask(2, folders=[folder])
    assert len(altered["exceptions"]) == 22
    assert "is not the file that was declared" in altered["exceptions"][0]["because"]
