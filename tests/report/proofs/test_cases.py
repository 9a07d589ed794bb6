"""Every proof over its table of cases; and without a fact it cites, what was met is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from attending.errors import NoSuchName
from attending.report.proof import Proved
from attending.report.proving import proved, queries

WORDS = ("met", "missing", "not_applicable", "not_yet")


def cases():
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        for case in YAML(typ="safe").load(path.read_text("utf-8")):
            word = next(w for w in WORDS if w in case)
            yield pytest.param(path.stem, word, case, id=f"{path.stem}: {word} {case[word]}")


CASES = list(cases())
MET = [case for case in CASES if case.values[1] == "met"]


def recorded(record_of, case):
    """Give a case's record, and how its rule asks."""
    over = {k: case[k] for k in ("specs", "facts", "declared_on") if k in case}
    asks = {k: case[k] for k in ("args", "fresh_days") if k in case}
    return record_of(**over), asks


@pytest.mark.parametrize(("query", "word", "case"), CASES)
def test_a_proof_finds_what_is_on_record(record_of, query, word, case):
    record, asks = recorded(record_of, case)

    found = proved(query, record.asks(**asks))

    assert found.kept == word, found.because
    assert found.shown == case.get("shown", found.shown)
    assert {*found.cites} <= {e.index for e in record.entries()}


@pytest.mark.parametrize(("query", "word", "case"), MET)
def test_without_any_one_fact_it_cites_what_was_met_is_missing(record_of, query, word, case):
    record, asks = recorded(record_of, case)
    cites = proved(query, record.asks(**asks)).cites

    assert cites, word
    for index in cites:
        left = proved(query, record.without(index).asks(**asks))
        assert left.kept == "missing", (index, left)
        assert index not in left.cites


def test_every_proof_has_its_cases_and_one_that_is_not_met():
    tables = {case.values[0] for case in CASES if case.values[1] != "met"}

    assert {*queries()} - tables == {"signatures_tell_why"}, "which has a test of its own"


def test_nothing_is_met_without_a_fact():
    with pytest.raises(ValueError, match="no fact is cited"):
        Proved("met", "people remember it")


def test_a_query_that_is_not_one_is_refused_with_the_nearest(record_of):
    with pytest.raises(NoSuchName, match="owner_named"):
        proved("owner_name", record_of().asks())


def test_an_attribute_that_is_not_one_is_refused_with_the_nearest(record_of):
    with pytest.raises(NoSuchName, match="intended_use"):
        proved("source_attribute", record_of().asks(args={"attribute": "intended_uses"}))


def test_what_was_measured_here_stands_beside_what_is_written(record_of):
    measured = next(c.values[2] for c in CASES if c.values[2].get("shown", "").startswith("to day"))
    written = {"use_case": {"source_attributes": {"validity_local": "Tested in May."}}}
    asks = {"args": {"attribute": "validity_local"}}

    found = proved("source_attribute", record_of(written, measured["facts"]).asks(**asks))

    assert found.shown == f"Tested in May. Measured here: {measured['shown']}"
    assert found.cites == (7, 8)
