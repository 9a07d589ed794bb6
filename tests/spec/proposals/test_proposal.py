"""A proposal is refused with all that is wrong, and nobody's post may be left open."""

from __future__ import annotations

import pytest

from attending.admit import documents_of
from attending.facts.proposal import DEFAULT_TABLE
from attending.spec.mistake import SpecRefused
from attending.spec.proposals.proposal import apart
from attending.spec.proposals.proposal_reading import Known, Typed, read_proposal, typed_document

KNOWN = Known(units=DEFAULT_TABLE.units())
PEOPLE = ("sponsor", "champion", "after_launch__owner", "after_launch__decides",
          "after_launch__funds", "after_launch__supports")  # fmt: skip
OWED = (*PEOPLE, "after_launch", "problem", "metrics", "metrics__0__target", "impact", "risk",
        "feasibility", "route", "criteria", "alternative", "alternative__why_not", "six",
        "six__monitoring", "boxes", "oversight__device", "priority")  # fmt: skip


def mistakes(document, known=KNOWN):
    with pytest.raises(SpecRefused) as refused:
        read_proposal(document, known)
    return refused.value.mistakes


def flat(node, at=""):
    """Give every leaf of a document by its path, as a sheet or a form would have it."""
    if isinstance(node, dict):
        return {k: v for key, each in node.items() for k, v in flat(each, f"{at}.{key}").items()}
    if isinstance(node, list) and at != ".aliases":
        return {k: v for i, each in enumerate(node) for k, v in flat(each, f"{at}[{i}]").items()}
    return {at[1:]: "; ".join(node) if isinstance(node, list) else str(node)}


def test_a_whole_proposal_is_read_from_its_file_and_from_its_fields(proposing):
    (document,) = documents_of(proposing.file.read_text("utf-8"), file="proposal.yaml")
    read = read_proposal(document, KNOWN)
    typed = [Typed(path, text) for path, text in flat(proposing.plain()).items()]

    assert read.after_launch.decides == "imaging-council"
    assert read_proposal(typed_document(typed), KNOWN) == read


@pytest.mark.parametrize("path", OWED)
def test_nothing_that_is_owed_may_be_left_out(proposing, path):
    found = mistakes(proposing.document(**{path: None}))

    assert any(path.rpartition("__")[2] in each.what for each in found), found


@pytest.mark.parametrize("path", PEOPLE)
@pytest.mark.parametrize("word", ["not_known", "", "post-that-left"])
def test_nothing_starts_without_somebody_who_is_here(proposing, path, word):
    known = Known(frozenset({"post-that-left"}), KNOWN.units)
    (found,) = mistakes(proposing.document(**{path: word}), known)

    assert found.path == path.replace("__", ".")


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("impact__0__unit", "hours_per_yea", "hours_per_year"),
        ("impact__0__low", 7000, "out of order"),
        ("feasibility__data", 5, "out of range"),
        ("criteria__0__id", "need_unique", "answered twice"),
        ("criteria__0__answer", "maybe", "not one of the words"),
        ("criteria__2__answer", "yes", "cannot both be yes"),
        ("metrics__0__by", "2027-02-30", "is no date"),
        ("metrics__0__baseline", 8.5, "there is today already"),
        ("boxes__0__to", "2026-10-01", "ends before it begins"),
        ("boxes__1__phase", "design", "here twice"),
        ("boxes__1__from", "2026-10-01", "out of order"),
        ("sponsr", "x", "there is no key"),
    ],
)
def test_what_makes_no_sense_is_refused_and_says_what_would(proposing, path, value, words):
    told = "\n".join(map(str, mistakes(proposing.document(**{path: value}))))

    assert words in told


def test_everything_wrong_is_said_at_once(proposing):
    known = Known(frozenset({"imaging-desk"}), KNOWN.units)
    found = mistakes(proposing.document(sponsor=None, six__owner=None, risk__change="high"), known)

    assert {each.path for each in found} == {"", "six", "risk.change", "after_launch.supports"}


def test_what_somebody_wrote_is_told_apart_from_what_is_ranked(proposing):
    taken = apart(read_proposal(proposing.document(), KNOWN))

    assert taken.texts["criteria.commoditized.why"] == "five vendors"
    assert len(taken.texts) == 1 + 1 + 1 + 8 + 4 + 6
    assert not any(text in str(taken.plain) for text in taken.texts.values() if len(text) > 3)


@pytest.mark.parametrize("path", ["", "a..b", "a[b]", "a b", "metrics[0][1"])
def test_a_field_that_is_none_is_refused(path):
    with pytest.raises(SpecRefused, match="is no field"):
        typed_document([Typed(path, "x")])


def test_two_values_for_one_field_are_refused():
    with pytest.raises(SpecRefused, match="twice"):
        typed_document([Typed("six", "x"), Typed("six.owner", "y")])
