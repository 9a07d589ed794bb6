"""Of who the caller is one declared word is kept; what is not said is not known, never guessed."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import Refused
from attending.serve.callers.role import QUERY, Roles, roles_of

SNOMED, LOCAL = "http://snomed.info/sct", "https://codes.example/posts"
DECLARED = {
    "nurse": (f"{SNOMED}|106292003", f"{LOCAL}|rn"),
    "physician": (f"{SNOMED}|309343006",),
}
ROLES = roles_of(DECLARED, ())


def sent(*codes, **over):
    concepts = [{"coding": [{"system": s, "code": c}]} for s, c in codes]
    resource = {"resourceType": "PractitionerRole", "id": "r1", "active": True, "code": concepts}
    return {"user_role": resource | {"practitioner": {"reference": "Practitioner/u1"}} | over}


NURSE = ((SNOMED, "106292003"),)


@pytest.mark.parametrize(
    ("user", "prefetch", "role"),
    [
        ("Practitioner/u1", sent(*NURSE), "nurse"),
        ("Practitioner/u1", sent((SNOMED, "309343006"), *NURSE), "nurse"),
        ("Practitioner/u1", sent((SNOMED, "1"), (LOCAL, "rn")), "nurse"),
        ("PractitionerRole/r1", sent(*NURSE), "nurse"),
        ("Patient/p1", {}, "patient"),
        ("RelatedPerson/x", sent(*NURSE), "related_person"),
        ("Practitioner/u1", {}, "not_known"),
        ("Practitioner/u1", {"user_role": None}, "not_known"),
        ("Practitioner/u1", sent((LOCAL, "106292003")), "not_known"),
        ("Practitioner/u1", sent(*NURSE, active=False), "not_known"),
        ("Practitioner/u2", sent(*NURSE), "not_known"),
        ("Practitioner/1", sent(*NURSE), "not_known"),
        ("PractitionerRole/r2", sent(*NURSE), "not_known"),
        ("Device/u1", sent(*NURSE), "not_known"),
        ("u1", sent(*NURSE), "not_known"),
        ("Practitioner/u1", sent(*NURSE, resourceType="Practitioner"), "not_known"),
    ],
)
def test_a_role_is_what_the_callers_own_resource_says_in_declared_codes(user, prefetch, role):
    assert ROLES.of(user, prefetch) == role
    assert Roles().of(user, prefetch) == ""


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["code", "coding", "system", "practitioner"]), inner)
    ),
    max_leaves=12,
)


@given(code=anything, practitioner=anything)
def test_whatever_is_sent_only_a_declared_word_comes_out(code, practitioner):
    prefetch = sent(code=code, practitioner=practitioner)

    assert ROLES.of("Practitioner/u1", prefetch) in {*DECLARED, "not_known"}


def told(open_door, making, **roles):
    workflow = making.use_case().workflow
    case = msgspec.structs.replace(
        making.use_case(), workflow=msgspec.structs.replace(workflow, **roles)
    )
    return open_door(case=case)


def test_the_client_is_asked_for_it_and_nothing_else_of_it_is_written(open_door, making):
    door = told(open_door, making, roles=DECLARED)
    (service,) = door.get("/cds-services").json()["services"]
    assert service["prefetch"]["user_role"] == QUERY
    message = making.question()
    message["prefetch"] |= sent(*NURSE, specialty=[{"text": "cardiology of the north wing"}])

    door.call(message)

    (body,) = door.pen.bodies()
    assert body["role"] == "nurse"
    written = json.dumps([msgspec.to_builtins(f) for f in door.pen.facts])
    written += str(door.pen.payloads)
    assert "cardiology" not in written
    assert "106292003" not in written


def test_where_no_roles_are_declared_nothing_is_asked_nor_written(door, making):
    (service,) = door.get("/cds-services").json()["services"]
    assert "user_role" not in service["prefetch"]
    message = making.question()
    message["prefetch"] |= sent(*NURSE)

    door.call(message)

    assert "role" not in door.pen.bodies()[0]


def test_an_input_may_not_read_the_callers_role(open_door, making, tmp_path):
    with pytest.raises(Refused, match="is no input"):
        roles_of(DECLARED, {"user_role", "labs"})


def test_a_unit_that_is_declared_goes_by_its_name_and_any_other_by_a_pseudonym(open_door, making):
    door = open_door(units={"alder": frozenset({"icu"})})
    for unit in ("icu", "the bay of a named person"):
        door.call(making.question(extension={"org.attending.unit": unit}))

    known, other = (body["unit"] for body in door.pen.bodies())
    assert known == "icu"
    assert len(other) == 32
    assert "named" not in other
