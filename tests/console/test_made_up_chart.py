"""A made-up chart holds each declared field where the gateway looks for it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from attending.console.made_up_chart import PATIENT, request
from attending.serve.channels.cds_hooks import HOOKS
from attending.serve.reach import Reach

INPUTS = {
    "creatinine": "prefetch.labs.entry[code=2160-0][latest].valueQuantity.value",
    "lactate": "prefetch.labs.entry[code=http://loinc.org|2524-7][latest].valueQuantity.value",
    "sex": "prefetch.patient.gender",
    "urgent": "context.draftOrders.entry[resourceType=MedicationRequest][0].priority",
    "race": "prefetch.patient.extension[url=http://example.org/r].valueCode",
    "on_ward": "prefetch.stay.active",
}
TYPED = {
    "creatinine": "1.9",
    "lactate": "4",
    "sex": "female",
    "urgent": "stat",
    "race": "x",
    "on_ward": "true",
}


def made(typed, hook="order-sign"):
    tool = SimpleNamespace(
        use_case=SimpleNamespace(workflow=SimpleNamespace(hook=hook)), reach=Reach(INPUTS, {})
    )
    return tool, request(tool, typed, instance="i", now="2026-10-13T08:00:00.000Z")


def cut(tool, message):
    return tool.reach.cut(message["context"], message["prefetch"], PATIENT)


def test_every_field_is_found_where_it_was_declared():
    tool, message = made(TYPED)
    found = cut(tool, message)

    assert found.fields == {
        "creatinine": 1.9,
        "lactate": 4,
        "sex": "female",
        "urgent": "stat",
        "race": "x",
        "on_ward": True,
    }
    assert not found.missing
    assert not found.n_other_patient
    assert not found.n_unusable


@pytest.mark.parametrize("name", INPUTS)
def test_a_field_left_empty_is_missing_and_nothing_else_is(name):
    tool, message = made(TYPED | {name: ""})

    assert set(cut(tool, message).missing) == {name}


@pytest.mark.parametrize("typed", ["nan", "inf", "1e999", "-", "0x1"])
def test_what_is_no_number_stays_text(typed):
    tool, message = made({"creatinine": typed})

    assert cut(tool, message).fields.get("creatinine") == typed


@pytest.mark.parametrize("hook", HOOKS)
def test_each_hook_has_the_context_it_asks_for(hook):
    _, message = made({}, hook)

    assert all(isinstance(message["context"][n], kind) for n, kind in HOOKS[hook].items())
