"""A use case with thirty numbers and an ONNX model, written as somebody's folder."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from attending.clock import stamp
from attending.facts.snapshot import Exposure, Snapshot
from attending.serve.readback import put_snapshot

N = 30
NAMES = [f"f{i:02d}" for i in range(N)]
PATHS = {
    "context": {name: f"context.{name}" for name in NAMES},
    "labs": {
        name: f"prefetch.labs.entry[code={1000 + i}-0][latest].valueQuantity.value"
        for i, name in enumerate(NAMES)
    },
}
CARD = {
    "summary": "The score is high: review the drugs",
    "detail": "Because of thirty numbers.",
    "limits": "Not for dialysis.",
    "call": "Informatics desk",
}


def write(folder, shape):
    folder.mkdir()
    model = _model()
    (folder / "model.onnx").write_bytes(model)
    fields = {name: {} for name in NAMES}
    documents = {
        "usecase": _use_case(shape),
        "model": {
            "kind": "Model",
            "name": "thirty",
            "title": "Thirty numbers",
            "version": "1",
            "engine": "onnx",
            "output": "probability",
            "file": "model.onnx",
            "sha256": sha256(model).hexdigest(),
            "fields": fields,
            "order": [*fields],
        },
        "site": {"kind": "Site", "name": "alder", "title": "Alder"},
        "source": {
            "kind": "Source",
            "name": "source",
            "cases": {
                "case": "id",
                "site": {"column": "hospital"},
                "day": {"hash_of": "id", "per_day": 10},
            },
            "outcomes": {"dialysis": {"column": "dialysis", "known_after": "14 d"}},
        },
    }
    for name, document in documents.items():
        (folder / f"{name}.yaml").write_text(json.dumps(document), "utf-8")


def _use_case(shape):
    outcome = {"name": "dialysis", "title": "Dialysis", "sources": ["source"]}
    row = {"metric": "outcomes.risk_ratio", "principle": "impact", "cadence": "daily"}
    risk = ("acts_without_person", "time_critical", "protected_input")
    return {
        "kind": "UseCase",
        "name": "kidney_watch",
        "title": "Kidney watch",
        "path": "A",
        "priority": "quality_safety",
        "problem": "Kidney injury is noticed late.",
        "success": [{"metric": "outcomes.risk_ratio", "target": 0.9, "by": "day 90"}],
        "executive_sponsor": {"person": "sponsor"},
        "clinical_champion": {"person": "champion"},
        "after_launch": {"owner": "a", "decides": "b", "funds": "c", "supports": "d"},
        "model": {"model": "thirty", "threshold": 0.01},
        "inputs": PATHS[shape],
        "workflow": {"channel": "cds_hooks", "hook": "patient-view", "card": CARD},
        "outcomes": [outcome | {"window": "14 d", "maturity": "14 d"}],
        "risk": dict.fromkeys(risk, False)
        | {"drives_treatment_or_triage": True, "device": "not_device"},
        "value": {"account": "quality", "claim": "Fewer injuries"},
        "monitoring": [row | {"owner": "champion", "trigger": "crossed", "action": "suspend"}],
    }


def _model():
    weights = np.linspace(-0.05, 0.05, N, dtype=np.float32).reshape(N, 1)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["z"]),
            helper.make_node("Sigmoid", ["z"], ["probability"]),
        ],
        "thirty",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, N])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, [None, 1])],
        [numpy_helper.from_array(weights, "w")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    made.ir_version = 8
    onnx.checker.check_model(made)
    return made.SerializeToString()


def question(shape):
    context = {"userId": "Practitioner/u1", "patientId": "p1"}
    message = {"hook": "patient-view", "hookInstance": str(uuid4()), "context": context}
    values = {name: 1.0 + i / 7 for i, name in enumerate(NAMES)}
    if shape == "context":
        context |= values
    else:
        entries = [{"resource": _observation(i, v)} for i, v in enumerate(values.values())]
        message["prefetch"] = {"labs": {"resourceType": "Bundle", "entry": entries}}
    return json.dumps(message).encode()


def _observation(i, value):
    return {
        "resourceType": "Observation",
        "id": f"o{i}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": f"{1000 + i}-0"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-10-13T07:00:00Z",
        "valueQuantity": {"value": value, "unit": "mg/dL"},
    }


def expose(store):
    store.mkdir()
    now = datetime.now(UTC)
    entry = Exposure("kidney_watch", "alder", "*", "1", "live", deadline_ms=2000)
    until = stamp(now + timedelta(hours=1))
    put_snapshot(
        store / "snapshot.json",
        Snapshot(seq=1, made_at=stamp(now), valid_until=until, entries=(entry,)),
    )
