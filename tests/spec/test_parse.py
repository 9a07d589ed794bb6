"""Plain content becomes a spec, or everything wrong with it is told at once."""

from __future__ import annotations

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.digest import digest
from attending.errors import Refused
from attending.spec.document import Document
from attending.spec.kinds import KINDS
from attending.spec.mistake import SpecRefused
from attending.spec.parse import parse, parse_document

SOURCE = {
    "kind": "Source",
    "cases": {"case": "id", "site": {"column": "s"}, "day": {"hash_of": "id", "per_day": 10}},
    "outcomes": {"died": {"any": ["died"], "known_after": "14 d"}},
}


def with_cases(**cases):
    return SOURCE | {"cases": SOURCE["cases"] | cases}


def test_keys_and_values_that_are_numbers_become_text_where_text_is_wanted():
    site = {"column": "hospital", "map": {0: "Alder", "Birch": 2, 3.0: 4.0, True: False}}

    source = parse(with_cases(site=site))

    assert source.cases.site.map == {"0": "Alder", "Birch": "2", "3": "4", "true": "false"}


def test_the_text_of_a_number_is_what_was_typed_where_that_is_known():
    plain = {"kind": "Site", "name": 7, "title": 1.1}
    document = Document(plain, written={("name",): "007", ("title",): "1.10"})

    site, content = parse_document(document)

    assert (site.name, site.title) == ("007", "1.10")
    assert content["title"] == "1.10"


def test_not_a_number_among_missing_values_is_the_text_nan():
    assert parse(SOURCE | {"missing": ["", math.nan]}).missing == ("", "NaN")


def test_missing_values_may_be_added_column_by_column():
    source = parse(SOURCE | {"missing": {"chol": [0], "trestbps": [0, None, "?"]}})

    assert source.missing == {"chol": (0,), "trestbps": (0, None, "?")}


def test_missing_values_of_one_kind_stay_as_they_are():
    assert parse(SOURCE | {"missing": [0, 1.5, True, "?"]}).missing == (0, 1.5, True, "?")


def test_two_keys_that_become_one_text_are_refused():
    site = {"column": "hospital", "map": {1: "Alder", "1": "Birch"}}

    with pytest.raises(SpecRefused, match=r"cases\.site\.map\.1: '1' is written twice here"):
        parse(with_cases(site=site))


def test_every_mistake_of_a_document_is_told_with_its_line():
    plain = {"kind": "Site", "nam": "x", "readiness": 9, "units": "ICU"}
    lines = {(): 3, ("kind",): 3, ("nam",): 4, ("readiness",): 5, ("units",): 6}

    with pytest.raises(SpecRefused) as refused:
        parse(plain, file="sites.yaml", lines=lines)

    assert [m.where for m in refused.value.mistakes] == [
        "sites.yaml:4",
        "sites.yaml:3",
        "sites.yaml:6",
        "sites.yaml:5",
    ]
    assert [m.nearest for m in refused.value.mistakes] == ["name", None, None, None]
    assert len(str(refused.value).splitlines()) == 4


def test_a_place_without_a_line_of_its_own_is_told_by_the_one_around_it():
    with pytest.raises(SpecRefused, match=r"^f\.yaml:2: cases\.site: `column:` is missing"):
        parse(with_cases(site={}), file="f.yaml", lines={(): 1, ("cases",): 2})


def test_a_place_without_a_file_is_told_by_its_line_and_without_both_by_its_path():
    with pytest.raises(SpecRefused, match=r"^line 2: cases\.site: "):
        parse(with_cases(site={}), lines={("cases",): 2})
    with pytest.raises(SpecRefused, match=r"^cases\.site: "):
        parse(with_cases(site={}))


@pytest.mark.parametrize(
    ("plain", "told"),
    [
        (["a"], "this is no spec; write `kind:` first"),
        (None, "this is no spec; write `kind:` first"),
        ({}, "`kind:` is missing; write it first"),
        ({"Kind": "Site"}, "`kind:` is missing, unless 'Kind' was to say it"),
        ({"kind": "Sight"}, "kind: there is no kind 'Sight'; did you mean 'Site'?"),
        ({"kind": "rollout"}, "there is no kind 'rollout'; did you mean 'Rollout'?"),
        ({"kind": ["Site"]}, "there is no kind ['Site']"),
        ({"kind": None}, "there is no kind None"),
    ],
)
def test_a_document_of_no_known_kind_is_refused_with_the_kinds_there_are(plain, told):
    with pytest.raises(SpecRefused) as refused:
        parse(plain)

    assert told in str(refused.value)
    assert refused.value.accepted == tuple(KINDS)


def test_the_digest_is_of_the_content_not_of_how_it_was_written():
    one = {"kind": "Site", "name": "1", "title": "Alder"}
    other = {"title": "Alder", "name": 1, "kind": "Site"}

    digests = {digest(parse_document(Document(plain))[1]) for plain in (one, other)}

    assert len(digests) == 1


def test_only_the_first_fifty_mistakes_are_told_and_the_rest_counted():
    with pytest.raises(SpecRefused) as refused:
        parse({"kind": "Site", "name": "a", "title": "b", "units": [None] * 60})

    assert str(refused.value).endswith("\nand 10 more")
    assert len(refused.value.mistakes) == 60


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
keys = st.sampled_from(["kind", "name", "title", "cases", "waves", "sites", "map"]) | scalars
junk = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=20,
)


@given(junk, st.sampled_from(sorted(KINDS)), st.dictionaries(keys, junk, max_size=6))
def test_whatever_is_written_is_a_spec_or_is_refused(plain, kind, more):
    for each in (plain, more | {"kind": kind}, SOURCE | {"missing": plain}, with_cases(site=plain)):
        with suppress(Refused):
            _, content = parse_document(Document(each))
            digest(content)
