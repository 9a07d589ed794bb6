"""Which version counts, how hard a rule binds, and what rules add up to."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from attending import shapes
from attending.decide.duties import (
    FORCES,
    bound,
    compiled,
    force_of,
    holds_in,
    of_date,
    reauthenticates,
)
from attending.decide.heard import Confirmed
from attending.spec.rulebook import Rulebook

ALWAYS = {"field": "use_case.path", "exists": True}
KNOWN = {"use_case.path": "A", "tier": "high"}


def book(version="1", frm="2026-01-01", to=None, rules=(), **over):
    plain = {
        "kind": "Rulebook", "id": "made-up", "version": version, "title": "Made up",
        "jurisdiction": "any", "in_force": {"from": frm, "to": to}, "status": "final",
        "source": {"title": "T", "checked": "V", "checked_on": "2026-01-01"},
        "rules": [rule(**each) for each in rules],
    } | over  # fmt: skip
    return shapes.convert(plain, Rulebook)


def rule(name="a", force="block", when=ALWAYS, **over):
    asks = {"query": "owner_named"}
    return {"id": name, "section": "1", "applies_when": when, "duty": "Do it.", "proof": asks,
            "force": force} | over  # fmt: skip


def read(checked):
    return {"title": "T", "checked": checked, "checked_on": "2026-01-01"}


OLD = book("1", "2025-01-01", "2026-07-01", [{"name": "a", "duty": "The old way."}])
NEW = book("2", "2026-07-01", None, [{"name": "a", "duty": "The new way."}])


@pytest.mark.parametrize(
    ("date", "duty"),
    [
        ("2024-12-31", None),
        ("2025-01-01", "The old way."),
        ("2026-06-30", "The old way."),
        ("2026-07-01", "The new way."),
        ("2030-01-01", "The new way."),
    ],
)
def test_an_event_is_judged_by_the_rule_of_its_own_day(date, duty):
    for books in ([OLD, NEW], [NEW, OLD]):
        found = of_date(books, date)
        assert [b.rules[0].duty for b in found.values()] == ([] if duty is None else [duty])


def test_on_the_day_a_version_ends_it_counts_no_more():
    assert of_date([OLD], "2026-06-30")
    assert not of_date([OLD], "2026-07-01")


def test_what_was_not_read_in_its_own_text_never_blocks_unless_it_is_confirmed_here():
    ceilings = {"V": "block", "V2": "warn", "M": "inform"}
    for force, checked, status, confirmed in itertools.product(
        FORCES, ceilings, ("final", "superseded", "proposed"), (False, True)
    ):
        made = book(rules=[{"force": force}], source=read(checked), status=status)
        ceiling = "block" if confirmed else ceilings[checked]
        ceiling = "inform" if status == "proposed" else ceiling

        found = force_of(made, made.rules[0], confirmed=confirmed)

        assert found == min(force, ceiling, key=FORCES.index)


def test_a_rule_s_own_reading_counts_before_its_book_s():
    made = book(rules=[{"checked": "M"}])

    assert force_of(made, made.rules[0], confirmed=False) == "inform"


def test_a_confirmation_is_of_one_rule_in_one_version():
    made = book(rules=[{"name": "a"}, {"name": "b"}], source=read("V2"))
    here = {("made-up/a", "1"): Confirmed("officer", "2026-01-02", 3)}

    forces = {b.rule.id: b.force for b in bound([made], KNOWN, (), here)}
    assert forces == {"a": "block", "b": "warn"}
    later = msgspec.structs.replace(made, version="2")
    assert {b.force for b in bound([later], KNOWN, (), here)} == {"warn"}


def test_a_rule_that_may_apply_is_there_and_blocks_nobody():
    rules = [
        {"name": "yes", "when": {"field": "tier", "is": "high"}},
        {"name": "no", "when": {"field": "tier", "is": "low"}},
        {"name": "open", "when": {"field": "use_case.acts_as", "is": "payer"}},
    ]
    found = {b.rule.id: (b.answer, b.force) for b in bound([book(rules=rules)], KNOWN, (), {})}

    assert found == {"yes": ("yes", "block"), "open": ("not_known", "warn")}


def test_a_rule_about_an_incident_is_asked_of_an_incident_alone():
    made = book(rules=[{"when": {"field": "incident.kind", "is": "data_breach"}}])

    assert bound([made], KNOWN, (), {}) == ()
    assert bound([made], KNOWN | {"incident.kind": "data_breach"}, (), {})[0].force == "block"


@pytest.mark.parametrize(
    ("jurisdiction", "places", "holds"),
    [
        ("any", (), True),
        ("US", (), False),
        ("US", ("US-NC",), True),
        ("US", ("US",), True),
        ("US-TX", ("US-NC", "US-TX"), True),
        ("US-TX", ("US",), False),
        ("EU", ("US-NC",), False),
        ("US-N", ("US-NC",), False),
    ],
)
def test_a_rulebook_holds_where_it_says(jurisdiction, places, holds):
    assert holds_in(book(jurisdiction=jurisdiction), places) is holds


def test_duties_add_up_to_the_most_that_any_rule_asks():
    owes = [
        {"sign_offs": [{"role": "cmio"}], "silent_weeks": 2, "review": "fast_track"},
        {"sign_offs": [{"role": "cmio", "n": 2}], "subgroups": ["sex"], "review": "full"},
        {"silent_weeks": 1, "explanation": True, "disclosures": ["that AI is used"]},
    ]
    rules = [{"name": f"r{i}", "owes": each} for i, each in enumerate(owes)]
    rules.append({"name": "told", "force": "inform", "owes": {"silent_weeks": 9}})
    rules.append({"name": "runs", "clock": {"start": "known", "limit": "60 d"}})

    found = compiled(bound([book(rules=rules)], KNOWN, (), {}))

    assert [(s.role, s.n) for s in found.sign_offs] == [("cmio", 2)]
    assert (found.silent_weeks, found.subgroups, found.review) == (2, ("sex",), "full")
    assert (found.explanation, found.disclosures) == (True, ("that AI is used",))
    assert [(c.rule, c.limit) for c in found.clocks] == [("made-up/runs", "60 d")]


def test_signing_again_is_asked_for_only_where_that_rule_binds():
    asks = [{"owes": {"reauthentication": True}}]
    for checked, asked in (("V", True), ("V2", False), ("M", False)):
        made = book(rules=asks, source=read(checked))
        assert reauthenticates(bound([made], KNOWN, (), {})) is asked
