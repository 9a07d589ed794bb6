"""A release or a key that is out of use and still used is named; what is refused is not."""

from __future__ import annotations

import pytest

from attending.digest import digest
from attending.facts.fact import By

FIRST = ("Alder", (None, "falls-1"), ("off", "live"))
REPLACED = ("Alder", ("falls-1", "falls-2"), ("live", "live"))
RETIRED = ("Alder", ("falls-1", "falls-1"), ("live", "retired"))


@pytest.mark.parametrize("change", [REPLACED, RETIRED])
@pytest.mark.parametrize(
    ("at", "display", "reason", "named"),
    [
        ("10:00:29", "shown", "", False),
        ("10:00:31", "shown", "", True),
        ("12:00:00", "silent", "", True),
        ("12:00:00", "suppressed", "retired", False),
        ("09:00:00", "shown", "", False),
    ],
)
def test_it_is_named_once_gateways_had_to_know(wrote, change, at, display, reason, named):
    facts = [
        wrote.receipt("2026-01-01T08:00:00Z", FIRST),
        wrote.receipt("2026-01-01T10:00:00Z", change),
        wrote.card("a", f"2026-01-01T{at}Z", display, reason),
        wrote.card("new", "2026-01-01T12:00:00Z", release="falls-2"),
        wrote.card("elsewhere", "2026-01-01T12:00:00Z", site="Elm"),
    ]
    wrote.add(*(facts if at > "10" else [facts[0], facts[2], facts[1], *facts[3:]]))

    assert list(wrote.auditor.against(33)) == (["a"] if named else [])
    (row,) = wrote.auditor.rows(33)
    assert (row["site"], row["release"], row["n_answered"]) == ("Alder", "falls-1", int(named))
    assert row["n_calls"] == int(at > "10")


def test_a_release_that_comes_back_is_in_use_again(wrote):
    back = ("Alder", ("falls-2", "falls-1"), ("live", "live"))
    wrote.add(
        wrote.receipt("2026-01-01T08:00:00Z", FIRST),
        wrote.receipt("2026-01-01T10:00:00Z", REPLACED),
        wrote.receipt("2026-01-01T11:00:00Z", back),
        wrote.card("a", "2026-01-01T12:00:00Z"),
    )

    assert wrote.auditor.against(33) == {}
    assert [(r["release"], bool(r["until"])) for r in wrote.auditor.rows(33)] == [
        ("falls-1", True), ("falls-2", False),
    ]  # fmt: skip


def test_a_declined_release_may_listen_and_not_be_shown(wrote):
    body = {
        "type": "decision/1", "word": "declined", "release": "falls-1", "packet_digest": "",
        "votes": [], "digest": "", "valid_from": "2026-01-01", "expires_on": "2026-02-01",
    }  # fmt: skip
    wrote.add(
        wrote.fact("decided", "2026-01-01T08:00:00Z", body),
        wrote.card("listens", "2026-01-01T09:00:00Z", "silent"),
        wrote.card("shown", "2026-01-01T09:00:00Z"),
    )

    assert list(wrote.auditor.against(33)) == ["shown"]


def test_a_model_that_no_specs_of_its_release_declare_is_named(wrote):
    model = {"kind": "Model", "name": "m", "intercept": 0.125}
    specs = wrote.specs("2026-01-01T08:00:00Z")
    specs.body["documents"] |= {"rollout": {"release": "falls-1"}, "models": {"m": model}}
    wrote.add(
        specs,
        wrote.card("right", "2026-01-01T09:00:00Z", model=digest(model)),
        wrote.card("swapped", "2026-01-01T09:00:00Z", model="f" * 64),
        wrote.card("unasked", "2026-01-01T09:00:00Z", "suppressed", "off"),
    )

    assert list(wrote.auditor.against(33)) == ["swapped"]


def key(wrote, at, name, state):
    body = {"type": "credential/1", "key": name, "client": "https://ehr.example"}
    body |= {"sites": ["Alder"], "state": state, "why": ""}
    return wrote.fact("said", at, body, use_case=None, by=By("keys-post"))


@pytest.mark.parametrize(
    ("at", "named"), [("09:59:59", False), ("10:00:29", False), ("10:00:31", True)]
)
@pytest.mark.parametrize("use_case", ["", "falls"])
def test_what_came_by_a_retired_key_is_named_once_gateways_had_to_know(wrote, at, named, use_case):
    retired = key(wrote, "2026-01-01T10:00:00Z", "old", "retired")
    came = [
        wrote.card("a", f"2026-01-01T{at}Z", credential="old"),
        wrote.response("a", f"2026-01-01T{at}Z", credential="old"),
    ]
    wrote.add(
        key(wrote, "2026-01-01T08:00:00Z", "old", "registered"),
        key(wrote, "2026-01-01T08:00:00Z", "new", "registered"),
        *((retired, *came) if at > "10" else (*came, retired)),
        key(wrote, "2026-01-01T10:00:10Z", "old", "registered"),  # takes nothing back
        wrote.card("b", "2026-01-01T12:00:00Z", credential="new"),
    )

    answer = wrote.auditor.ask(33, use_case=use_case)
    assert answer["status"] == "answered"
    (row,) = wrote.auditor.rows(33, what="credential")
    assert (row["credential"], row["because"], row["client"]) == (
        "old", "retired", "https://ehr.example",
    )  # fmt: skip
    assert (row["n_calls"], row["n_answered"]) == ((2, 1) if at > "10" else (0, 0))
    against = {each["key"] for each in answer["exceptions"]}
    assert against == ({"a", came[1].key} if named else set())


def test_a_key_that_nobody_put_on_record_is_named_and_so_is_each_of_its_calls(wrote):
    wrote.add(wrote.card("a", "2026-01-01T12:00:00Z", credential="stray"))

    assert list(wrote.auditor.against(33)) == ["a"]
    (row,) = wrote.auditor.rows(33)
    assert (row["because"], row["client"]) == ("not on record", None)


def test_an_empty_set_says_what_was_searched_and_who_was_not_asked_who_they_were(lived):
    for diary, auditor in lived:
        answer = auditor.ask(33)
        assert (answer["rows"], answer["exceptions"]) == ([], [])
        assert answer["because"].startswith(f"Searched {answer['ledger']['size']:,} facts")
        assert answer["status"] == "partial"
        assert answer["needs"] == ["callers that gateways ask who they are"]
        assert answer["counts"]["unasked"] == len(diary.answers)
