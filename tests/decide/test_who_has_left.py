"""Nobody is said to have left but by who may say so, in any fold that somebody decides by."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from attending.decide.heard import Heard, heard
from attending.decide.people import People, after
from attending.decide.proposals.intake import Intake
from attending.decide.standing import Standing, fold
from attending.decide.tools.portfolio import Portfolio
from attending.facts.entry import Entry
from attending.facts.fact import By, Fact
from attending.loops.obligations import counted

DAY = "2026-10-13"
WHO = st.sampled_from(["a", "b", "c"])
BODIES = st.one_of(
    st.builds(lambda p: {"type": "person/1", "person": p, "printed_name": p}, WHO),
    st.builds(
        lambda p, r, to: {"type": "role/1", "person": p, "role": r, "from": "2026-10-01", "to": to},
        WHO, st.sampled_from(["admin", "cmio"]), st.sampled_from([None, "2026-10-12"]),
    ),
    st.builds(lambda p: {"type": "role_ended/1", "person": p, "role": "admin"}, WHO),
    st.builds(lambda p: {"type": "departed/1", "person": p}, st.sampled_from(["a", "b", "owner"])),
)  # fmt: skip
SAID = st.tuples(BODIES, WHO, st.sampled_from(["cli", "console", "loop", "sheet"]))


def entries(said):
    return [
        Entry(n, Fact(kind="said", key=f"{n}", at=f"{DAY}T00:00:00.000Z", by=By(by, via=via),
                      body=body))
        for n, (body, by, via) in enumerate(said)
    ]  # fmt: skip


def gone(ledger):
    """Give who has left, as each fold has it."""
    known, intake, portfolio = Heard(), Intake(), Portfolio()
    for entry in ledger:
        known, intake = heard(known, entry), intake.after(entry)
        portfolio = portfolio.after(entry)
    standing = fold(Standing(), (entry.fact for entry in ledger))
    found = (standing.departed, standing.governed.gone, known.gone, intake.gone)
    proofs = [e.fact.body["person"] for e in counted(ledger) if e.fact.type == "departed/1"]
    return [{*each} for each in (*found, portfolio.departed, proofs)]


@settings(max_examples=300, deadline=None)
@given(st.lists(SAID, max_size=14))
def test_every_fold_has_the_same_people_gone_each_by_who_may_say_so(said):
    ledger = entries(said)
    found = gone(ledger)
    assert all(each == found[0] for each in found), found

    people, allowed = People(), set()
    for entry in ledger:
        fact, admins = entry.fact, people.admins(DAY)
        at_the_store = not admins and fact.by.via in ("cli", "sheet")
        if fact.type == "departed/1" and (
            not people.is_declared or fact.by.person in admins or at_the_store
        ):
            allowed.add(fact.body["person"])
        people = after(people, fact)
    assert found[0] == allowed


def test_a_departure_that_others_forge_changes_nothing_and_an_admins_does():
    declared = [
        ({"type": "person/1", "person": p, "printed_name": p}, "a", "cli") for p in "abc"
    ] + [({"type": "role/1", "person": "a", "role": "admin", "from": "2026-10-01"}, "a", "cli")]
    left = {"type": "departed/1", "person": "owner"}
    for by, via in (("b", "console"), ("b", "cli"), ("owner", "sheet"), ("platform", "loop")):
        assert gone(entries([*declared, (left, by, via)])) == [set()] * 6, (by, via)
    assert gone(entries([*declared, (left, "a", "console")])) == [{"owner"}] * 6
