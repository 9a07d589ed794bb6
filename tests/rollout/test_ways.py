"""The ways through a rollout, from silence to everybody."""

from __future__ import annotations


def test_a_rollout_goes_from_silent_to_everybody_on_proof_and_signatures(town):
    assert town.shown() == {}
    town.listen()
    assert town.modes() == {"Alder": "silent"}
    town.through(("committee_chair", "chair"), ("cmio", "cmio"))
    assert town.shown() == {("Alder", "*"): (0.0, ("nurse-1", "nurse-2"))}
    town.days(4)
    town.through(("committee_chair", "chair"))
    assert {p: s for p, (s, _) in town.shown().items()} == {("Alder", "*"): 0.2, ("Birch", "*"): 0.2}
    town.days(4)
    town.through(("committee_member", "member"), ("committee_member", "cmio"))
    assert {p[0]: s for p, (s, _) in town.shown().items()} == dict.fromkeys(
        ["Alder", "Birch", "Elm"], 1.0
    )
