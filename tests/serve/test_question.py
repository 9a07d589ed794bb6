"""What a question holds, the gateway reads: the two are opposites."""

from __future__ import annotations

import json

import msgspec
import pytest

from attending import shapes
from attending.serve.replaying.question import question
from attending.spec.model import Model

CASE = "0123456789abcdef0123456789abcdef"
INPUTS = {
    "creatinine": "prefetch.labs.entry[code=http://loinc.org|2160-0][latest].valueQuantity.value",
    "potassium": "prefetch.labs.entry[code=2823-3].valueQuantity.value",
    "kind": "prefetch.labs.entry[code=kind].valueString",
    "sex": "prefetch.patient.gender",
    "ward": "context.place.name",
    "name": "prefetch.patient.telecom[system=phone].rank",
}
FIELDS = {
    "creatinine": {},
    "potassium": {},
    "kind": {"codes": {"1": 0.5}},
    "sex": {"codes": {"female": 1.0}},
    "ward": {"codes": {"icu": 1.0}},
    "name": {},
}
RAW = {
    "creatinine": "1.8",
    "potassium": "4",
    "kind": "1",
    "sex": "female",
    "ward": "icu",
    "name": "2.0",
}


@pytest.fixture
def asked(making, tmp_path):
    rules = {"rules": [{"field": "creatinine", "at_least": 1.5, "adds": 1, "because": "it rose"}]}
    card = making.use_case().workflow
    made = shapes.convert(msgspec.to_builtins(making.model()) | {"fields": FIELDS} | rules, Model)
    tool = making.tool(tmp_path, case=making.use_case(inputs=INPUTS, workflow=card), made=made)

    def ask(inputs):
        return tool, json.loads(question(tool, made, inputs, case=CASE))

    return ask


def test_what_is_asked_with_is_what_the_gateway_reads(asked):
    tool, message = asked(RAW)

    cut = tool.reach.cut(message["context"], message["prefetch"], CASE)

    assert cut.fields == {
        "creatinine": 1.8,
        "potassium": 4.0,
        "kind": "1",
        "sex": "female",
        "ward": "icu",
        "name": 2.0,
    }
    assert cut.missing == {}
    assert cut.n_unusable == cut.n_other_patient == 0


@pytest.mark.parametrize("gone", list(RAW))
def test_what_is_not_there_is_not_made_up(asked, gone):
    tool, message = asked({name: raw for name, raw in RAW.items() if name != gone})

    cut = tool.reach.cut(message["context"], message["prefetch"], CASE)

    assert cut.missing == {gone: "absent"}


def test_text_where_a_number_stands_is_passed_on_as_it_is(asked):
    tool, message = asked({"creatinine": "high"})

    cut = tool.reach.cut(message["context"], message["prefetch"], CASE)

    assert cut.fields == {"creatinine": "high"}


def test_the_call_is_one_that_the_channel_understands_and_names_nobody(asked):
    _, message = asked(RAW)

    assert message["hook"] == "patient-view"
    assert message["hookInstance"] == "01234567-89ab-cdef-0123-456789abcdef"
    assert message["context"]["patientId"] == CASE
    assert message["context"]["userId"] == "Practitioner/replay"
