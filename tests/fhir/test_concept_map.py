"""ConceptMaps and ValueSets become rows that say no more than they do."""

from __future__ import annotations

import gzip
import json

import pytest

from attending.errors import NoSuchName, Refused
from attending.fhir.concept_map import (
    rows_of,
    rows_of_concept_map,
    rows_of_value_set,
    statuses_of,
)
from attending.fhir.terms import Asked, Terms

ROUTES = {
    "resourceType": "ConceptMap",
    "url": "urn:map",
    "version": "3",
    "group": [
        {
            "source": "urn:a",
            "target": "urn:b",
            "element": [
                {"code": "1", "target": [{"code": "one", "equivalence": "equal"}]},
                {"code": "2", "target": [{"equivalence": "unmatched"}]},
                {"code": "3"},
                {
                    "code": "4",
                    "target": [
                        {
                            "code": "four",
                            "equivalence": "equal",
                            "dependsOn": [{"property": "urn:p", "value": "v"}],
                        }
                    ],
                },
                {"code": "5", "target": [{"code": "five", "relationship": "equivalent"}]},
                {
                    "code": "6",
                    "target": [{"code": "six", "relationship": "source-is-narrower-than-target"}],
                },
            ],
            "unmapped": {"mode": "fixed", "code": "other"},
        }
    ],
}
SET = {
    "resourceType": "ValueSet",
    "url": "urn:set",
    "compose": {
        "include": [{"system": "urn:a", "concept": [{"code": "1"}, {"code": "2"}]}],
        "exclude": [{"system": "urn:a", "concept": [{"code": "2"}]}],
    },
}


def words(resource, name, codes, **asked):
    terms = Terms(rows_of(resource)[0])
    found = [
        terms.lookup(name, "urn:a", each, "2026-06-01", asked=Asked(**asked)) for each in codes
    ]
    return [(each.word, each.code) for each in found]


def test_a_condition_and_a_default_are_not_applied():
    none = ("unmapped", None)

    assert words(ROUTES, "urn:map", "1234567") == [
        ("mapped", "one"), none, none, none, ("mapped", "five"), none, none,
    ]  # fmt: skip
    assert words(ROUTES, "urn:map", "6", accept=("wider",)) == [("mapped", "six")]


def test_a_set_maps_its_members_to_themselves_less_those_it_excludes():
    assert words(SET, "urn:set", "123") == [
        ("mapped", "1"), ("unmapped", None), ("unmapped", None),
    ]  # fmt: skip


def test_an_expansion_holds_what_lies_within_it_but_no_headings():
    tree = [
        {"system": "urn:a", "code": "1", "abstract": True, "contains": [
            {"system": "urn:a", "code": "2"}]},
    ]  # fmt: skip
    resource = {"resourceType": "ValueSet", "url": "urn:set", "expansion": {"contains": tree}}

    assert [each.source_code for each in rows_of_value_set(resource)] == ["2"]


@pytest.mark.parametrize(
    "compose",
    [
        {},
        {"include": [{"system": "urn:a"}]},
        {"include": [{"system": "urn:a", "filter": [{}]}]},
        {"include": [{"valueSet": ["urn:other"]}]},
        {"include": SET["compose"]["include"], "exclude": [{"system": "urn:a", "filter": [{}]}]},
    ],
)
def test_a_set_told_by_a_rule_is_refused_rather_than_taken_for_empty(compose):
    with pytest.raises(Refused):
        rows_of_value_set({"resourceType": "ValueSet", "url": "urn:set", "compose": compose})


@pytest.mark.parametrize("more", [{"total": 2}, {"contains": []}])
def test_a_set_that_was_expanded_in_part_is_refused(more):
    told = {"contains": [{"system": "urn:a", "code": "2"}], **more}

    with pytest.raises(Refused, match="in part"):
        rows_of_value_set({"resourceType": "ValueSet", "url": "urn:set", "expansion": told})


@pytest.mark.parametrize(
    "broken",
    [
        {"url": None},
        {"group": [{"element": []}]},
        {"group": [{"source": "a", "element": [{"code": "1", "target": [{"code": "2"}]}]}]},
    ],
)
def test_a_map_that_does_not_say_what_a_row_needs_is_refused(broken):
    with pytest.raises(Refused):
        rows_of_concept_map({**ROUTES, **broken})


def test_a_bundle_gives_what_is_named_and_refuses_what_it_does_not_hold():
    bundle = {"resourceType": "Bundle", "entry": [{"resource": ROUTES}, {"resource": SET}]}

    assert {each.map for each in rows_of(bundle)[0]} == {"urn:map", "urn:set"}
    assert {each.map for each in rows_of(bundle, ("urn:set",))[0]} == {"urn:set"}
    with pytest.raises(NoSuchName):
        rows_of(bundle, ("urn:none",))


def test_every_map_and_every_listed_set_of_hl7_is_read_and_no_other(data):
    folder = data / "vocab" / "hl7-terminology"
    maps = json.loads(gzip.decompress((folder / "conceptmaps.json.gz").read_bytes()))
    sets = json.loads(gzip.decompress((folder / "valuesets.json.gz").read_bytes()))
    inside = [each["resource"] for each in (*maps["entry"], *sets["entry"])]
    rows, told, refused = [], [], []
    for each in inside:
        if each["resourceType"] != "CodeSystem":
            try:
                rows += rows_of(each)[0]
                told.append(each["resourceType"])
            except Refused:
                refused.append((each["resourceType"], each["url"]))
    unmatched = [each for each in rows if not each.target_code]

    assert (told.count("ConceptMap"), told.count("ValueSet")) == (18, 88)
    assert [url for kind, url in refused if kind == "ConceptMap"] == [
        "http://cds-hooks.hl7.org/ConceptMap/indicator-to-request-priority"  # names no source
    ]
    assert len(refused) == 586
    assert len(unmatched) == 56


def one_group(**group):
    return {"resourceType": "ConceptMap", "url": "http://a.org/m", "group": [group]}


def test_a_system_that_is_told_with_its_version_is_that_system():
    target = {"code": "A", "relationship": "equivalent"}
    group = one_group(
        source="urn:lab|3",
        target="http://loinc.org|2.78",
        element=[{"code": "a", "target": [target]}],
    )
    group["group"][0]["element"][0]["display"] = "Sodium"
    rows, names = rows_of(group)

    asked = Asked("http://loinc.org")
    found = Terms(rows).lookup("http://a.org/m", "urn:lab", "a", "2026-10-13", asked=asked)
    assert (found.word, found.system, found.code) == ("mapped", "http://loinc.org", "A")
    assert names["urn:lab", "a"] == "Sodium"


def test_two_versions_of_a_system_that_say_different_things_say_nothing():
    groups = [
        one_group(
            source=f"urn:lab|{version}",
            target="http://loinc.org",
            element=[{"code": "a", "target": [{"code": code, "relationship": "equivalent"}]}],
        )["group"][0]
        for version, code in (("3", "A"), ("4", "B"))
    ]
    rows, _ = rows_of({"resourceType": "ConceptMap", "url": "m", "group": groups})

    assert Terms(rows).lookup("m", "urn:lab", "a", "2026-10-13").word == "many"


def test_a_code_that_is_said_to_have_no_map_has_none():
    target = {"code": "A", "relationship": "equivalent"}
    rows, _ = rows_of(
        one_group(
            source="s", target="t", element=[{"code": "a", "noMap": True, "target": [target]}]
        )
    )

    assert Terms(rows).lookup("http://a.org/m", "s", "a", "2026-10-13").word == "unmapped"


def test_a_code_with_a_condition_anywhere_in_its_group_is_left_out():
    on = [{"property": "urn:p", "value": "v"}]
    plain = {"code": "a", "target": [{"code": "A", "equivalence": "equal"}]}
    other = {"code": "a", "target": [{"code": "B", "equivalence": "equal", "dependsOn": on}]}

    assert rows_of(one_group(source="s", target="t", element=[plain, other]))[0] == []


def test_a_heading_counts_among_what_an_expansion_says_it_holds():
    below = [{"system": "s", "code": "b"}, {"system": "s", "code": "c"}]
    heading = {"system": "s", "code": "a", "abstract": True, "contains": below}
    whole = {
        "resourceType": "ValueSet",
        "url": "u",
        "expansion": {"total": 3, "contains": [heading]},
    }

    assert [row.source_code for row in rows_of(whole)[0]] == ["b", "c"]
    whole["expansion"]["total"] = 4
    with pytest.raises(Refused, match="in part"):
        rows_of(whole)


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "ConceptMap", "url": "u", "group": ["x"]},
        one_group(source="s", target="t", element=None),
        one_group(source="s", target="t", element=[{"code": "a", "target": None}]),
        one_group(
            source="s",
            target="t",
            element=[{"code": 5, "target": [{"code": "A", "equivalence": "equal"}]}],
        ),
        {
            "resourceType": "ValueSet",
            "url": "u",
            "compose": {"include": [{"concept": [{"code": "a"}]}]},
        },
        {"resourceType": "Bundle", "entry": [{"resource": "x"}]},
    ],
)
def test_a_map_that_is_not_made_as_fhir_has_it_is_refused_in_a_sentence(resource):
    with pytest.raises(Refused, match="as FHIR has it"):
        rows_of(resource)


def test_what_a_maker_says_of_a_map_is_given_by_its_name():
    bundle = {
        "resourceType": "Bundle",
        "entry": [{"resource": {**ROUTES, "status": "draft"}}, {"resource": SET}],
    }

    assert statuses_of({**ROUTES, "status": "retired"}) == {"urn:map": "retired"}
    assert statuses_of(bundle) == {"urn:map": "draft", "urn:set": ""}
    assert statuses_of(bundle, ("urn:set",)) == {"urn:set": ""}
