"""Nobody comes to a role but by an admin's word, whatever is written in which order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from attending.decide.people import People, after
from attending.decide.permissions import (
    ALLOWED,
    KINDS,
    NEVER,
    Need,
    Place,
    may,
    reach,
    refusal,
)
from attending.facts.fact import By, Fact
from attending.facts.people import Person, Role
from attending.spec.person import ROLES

DAY = "2026-10-13"
WHO = st.sampled_from(["a", "b", "c", "A"])
ROLE = st.sampled_from(["admin", "cmio", "engineer", "vendor", "auditor", "king"])
BODIES = st.one_of(
    st.builds(lambda p: {"type": "person/1", "person": p, "printed_name": p}, WHO),
    st.builds(
        lambda p, r, to: {"type": "role/1", "person": p, "role": r, "from": "2026-10-01",
                          "tools": ["t"], "to": to},
        WHO, ROLE, st.sampled_from([None, "2026-10-12", "2026-09-01"]),
    ),
    st.builds(lambda p, r: {"type": "role_ended/1", "person": p, "role": r}, WHO, ROLE),
    st.builds(lambda p: {"type": "departed/1", "person": p}, WHO),
    st.just({"type": "role/1", "person": 7}),
)  # fmt: skip
SAID = st.tuples(BODIES, WHO, st.sampled_from(["cli", "console", "loop", "sheet"]))


def fact(body, by, via):
    return Fact(kind="said", key="x", at=f"{DAY}T00:00:00.000Z", by=By(by, via=via), body=body)


@settings(max_examples=300, deadline=None)
@given(st.lists(SAID, max_size=14))
def test_every_change_was_an_admins_or_was_made_where_nobody_was_admin(said):
    people = People()
    for body, by, via in said:
        before, people = people, after(people, fact(body, by, via))
        if people == before:
            continue
        admins = before.admins(DAY)
        assert by in admins or (not admins and via in ("cli", "sheet"))
        assert body["person"] not in before.departed
        if body["type"] == "role/1" and admins:
            assert body["person"] != by
        for person in people.persons:
            held = {r.role for r in people.held(person, DAY)}
            assert held <= {*ROLES}
            alone = held & {"admin", "vendor", "auditor"}
            assert not alone or len(held) == 1
    names = [name.casefold() for name in people.persons]
    assert len(names) == len({*names})


def holding(*roles):
    persons = {r.person: Person(person=r.person, printed_name=r.person) for r in roles}
    return People(persons=persons, roles={(r.person, r.role): r for r in roles})


VERBS = sorted({verb for _, verb, _ in ALLOWED})
NEEDS = st.builds(Need, st.sampled_from([*VERBS, "destroy"]), st.sampled_from([*KINDS, "secret"]))
PLACES = st.builds(
    Place,
    st.sampled_from([None, "x", "y"]),
    st.sampled_from([None, ("n",), ("s",), ("n", "s")]),
    st.sampled_from(["", "icu", "er"]),
    narrowed=st.booleans(),
)
BOUNDS = st.tuples(
    st.sampled_from([(), ("n",)]), st.sampled_from([(), ("icu",)]), st.sampled_from([(), ("x",)])
)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(ROLES), BOUNDS, NEEDS, PLACES)
def test_bounds_only_ever_take_away_and_a_sentence_says_why(role, bounds, need, place):
    sites, units, tools = bounds
    tools = tools or (("x",) if role == "vendor" else ())
    free = holding(Role(person="p", role=role, tools=("x", "y") if role == "vendor" else ()))
    bound = holding(Role(person="p", role=role, sites=sites, units=units, tools=tools))

    if may(bound, "p", need, place, date=DAY):
        assert may(free, "p", need, place, date=DAY) or role == "vendor"
        assert (role, need.verb, need.kind) in ALLOWED
        assert place.narrowed or not sites or place.sites == sites
        assert place.narrowed or not tools or place.tool in tools
    else:
        assert refusal(bound, "p", need, place, date=DAY)


@settings(max_examples=200, deadline=None)
@given(st.sets(st.sampled_from(ROLES), min_size=1, max_size=4), NEEDS)
def test_an_engineer_never_approves_whatever_else_they_are(roles, need):
    people = holding(*(Role(person="p", role=role, tools=("x",)) for role in roles))

    if "engineer" in roles and need.verb in NEVER["engineer"]:
        assert not may(people, "p", need, Place("x"), date=DAY)


def test_an_admin_an_auditor_and_a_vendor_change_nothing_that_is_not_theirs():
    written = {(role, verb) for role, verb, _ in ALLOWED if verb not in ("read", "verify")}

    assert {verb for role, verb in written if role == "auditor"} == {"build"}
    assert {verb for role, verb in written if role == "admin"} == {"grant", "revoke", "end"}
    assert not [verb for role, verb in written if role == "vendor"]


def test_a_reach_is_no_wider_than_each_role_that_gives_it():
    people = holding(
        Role(person="p", role="cmio", sites=("n",)),
        Role(person="p", role="cio", tools=("x",), to="2026-10-12"),
    )
    seen = reach(people, "p", "evidence", date=DAY)

    assert seen.sees("x", "n")
    assert not seen.sees("x", "s")
    assert seen.sites("x") == {"n"}
    assert reach(people, "p", "evidence", date="2026-10-12").sites("x") is None
    assert not reach(people, "p", "ledger", date=DAY).sees("x", "n")
