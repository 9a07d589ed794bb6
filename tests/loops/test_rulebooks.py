"""Every rulebook that is shipped is read whole, and names nothing that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

import attending
from attending.decide.duties import force_of, of_date
from attending.errors import NoSuchName, Refused
from attending.loops.rulebooks import TIERS, read, rule_of, shipped
from attending.report.proving import queries
from attending.spec.source_attributes import ATTRIBUTES, MAY_BE_UNAVAILABLE

FOLDER = Path(attending.__path__[0]) / "rulebooks"
COMPLETE = {"us-hti-1", "us-1557", "us-hipaa", "jc-ruaih", "chai", TIERS}
MAY_BLOCK = {
    "us-hipaa/audit-controls", "us-hipaa/documentation", "us-part11/audit-trail",
    "us-part11/signatures",
}  # fmt: skip


def test_every_file_is_read_and_every_query_is_there():
    books = shipped()

    assert len(books) == len(list(FOLDER.rglob("*.yaml"))) > 15
    assert {rule.proof.query for book in books for rule in book.rules} <= {*queries()}
    assert {*COMPLETE} <= {book.id for book in books}
    assert all(rule.duty.count(".") <= 2 for book in books for rule in book.rules)


def test_nothing_blocks_by_itself_but_what_was_read_in_its_own_text():
    blocks = {
        f"{book.id}/{rule.id}"
        for book in shipped()
        for rule in book.rules
        if force_of(book, rule, confirmed=False) == "block"
    }

    assert blocks == MAY_BLOCK
    for book in shipped():
        for rule in book.rules:
            if book.checked(rule) == "M":
                assert force_of(book, rule, confirmed=False) == "inform"


def test_an_index_informs_and_says_that_it_is_not_verified():
    for book in shipped():
        if book.id not in COMPLETE | {"us-part11"}:
            assert {rule.force for rule in book.rules} == {"inform"}, book.id
            assert any("not verified" in note for note in book.notes), book.id


def test_of_hti_1_there_are_31_attributes_in_order_and_11_may_be_unavailable():
    book = next(book for book in shipped() if book.id == "us-hti-1")
    asked = [r.proof.args["attribute"] for r in book.rules if r.proof.query == "source_attribute"]

    assert asked == [*ATTRIBUTES]
    assert len(asked) == 31
    assert len(MAY_BE_UNAVAILABLE) == 11
    assert {*asked} > MAY_BE_UNAVAILABLE


def test_which_guidance_on_devices_counts_depends_on_the_day():
    versions = {day: of_date(shipped(), day)["us-fda-cds"].version
                for day in ("2022-09-28", "2026-01-05", "2026-01-06")}  # fmt: skip

    assert versions == {
        "2022-09-28": "2022-09-28",
        "2026-01-05": "2022-09-28",
        "2026-01-06": "2026-01-29",
    }


@pytest.mark.parametrize(
    ("old", "new", "refused", "told"),
    [
        ("tool.made", "tool.mad", NoSuchName, "tool.made"),
        ("query: owner_named", "query: owner_name", NoSuchName, "owner_named"),
        ("id: made-up", "id: other", Refused, "other/1.yaml"),
        ("- id: second", "- id: first", Refused, "two rules"),
        ("force: warn", "forse: warn", Refused, "force"),
    ],
)
def test_a_rulebook_with_anything_unknown_is_refused_whole(tmp_path, old, new, refused, told):
    text = """
kind: Rulebook
id: made-up
version: "1"
title: Made up
jurisdiction: any
in_force: {from: 2026-01-01, to: null}
status: final
source: {title: T, checked: V, checked_on: 2026-01-01}
rules:
  - id: first
    section: "1"
    applies_when: {field: tool.made, is: bought}
    duty: Do it.
    proof: {query: owner_named}
    force: warn
  - id: second
    section: "2"
    applies_when: {field: tool.made, exists: true}
    duty: Do it.
    proof: {query: explained}
    force: block
"""
    path = tmp_path / "made-up" / "1.yaml"
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    assert read(path).id == "made-up"
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(refused, match=told):
        read(path)


def test_a_rule_is_found_by_its_name_and_the_nearest_is_offered():
    assert rule_of("us-1557/identify")[1].id == "identify"
    with pytest.raises(NoSuchName, match="us-1557/identify"):
        rule_of("us-1557/identfy")
    with pytest.raises(NoSuchName, match="versions"):
        rule_of("us-1557/identify", "1999")
