"""What a map says of a code on a day: one target, or the reason why there is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import NoSuchName, Refused
from attending.fhir.terms import ACCEPTED, EQUIVALENCES, Asked, TermRow, Terms, terms_digest

LOCAL, LOINC, OTHER = "urn:local", "urn:standard", "urn:other"


def row(source, target, **more):
    told = {"map": "labs", "version": "1", "source_system": LOCAL, "target_system": LOINC}
    return TermRow(**{**told, "source_code": source, "target_code": target, **more})


def look(terms, code="NA", as_of="2026-06-01", **asked):
    return terms.lookup("labs", LOCAL, code, as_of, asked=Asked(**asked))


DAYS = st.sampled_from(["", "", "2026-01-01", "2026-06-01", "2026-12-31"])
ROWS = st.lists(
    st.builds(
        row,
        source=st.sampled_from(["NA", "NA", "na"]),
        target=st.sampled_from(["1", "2", ""]),
        target_system=st.sampled_from([LOINC, OTHER]),
        equivalence=st.sampled_from(["equal", "equivalent", "wider", "disjoint"]),
        valid_from=DAYS,
        valid_to=DAYS,
        version=st.sampled_from(["1", "2"]),
    ),
    min_size=1,
    max_size=8,
)


@given(
    rows=ROWS,
    as_of=st.sampled_from(["2025-12-31", "2026-01-01", "2026-05-31", "2026-06-01", "2027-01-01"]),
    accept=st.sampled_from([ACCEPTED, EQUIVALENCES, ("equal",), ("wider", "disjoint"), ()]),
    target=st.sampled_from(["", LOINC]),
)
def test_a_code_is_given_only_where_every_good_row_says_the_same(rows, as_of, accept, target):
    terms = Terms([*rows, row("elsewhere", "9")])
    found = look(terms, as_of=as_of, accept=accept, target=target)
    near = [
        each
        for each in rows
        if each.source_code == "NA"
        and each.target_code
        and each.equivalence in set(accept) - {"unmatched", "disjoint"}
        and target in ("", each.target_system)
    ]
    good = {
        (each.target_system, each.target_code)
        for each in near
        if each.valid_from <= as_of and (each.valid_to == "" or as_of < each.valid_to)
    }

    assert (found.word == "mapped") == (len(good) == 1)
    assert (found.word == "many") == (len(good) > 1)
    assert ({(found.system, found.code)} == good) == (len(good) == 1)
    if not good:
        ended = any(each.valid_to and each.valid_to <= as_of for each in near)
        assert found.word == ("retired" if ended else "unmapped")


@given(rows=ROWS, order=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_neither_the_digest_nor_an_answer(rows, order):
    shuffled = [*rows, rows[0]]
    order.shuffle(shuffled)

    assert terms_digest(shuffled) == terms_digest(rows) == Terms(shuffled).digest
    assert look(Terms(shuffled)) == look(Terms(rows))


@given(rows=ROWS)
def test_any_change_to_a_row_changes_the_digest(rows):
    assert terms_digest([*rows, row("new", "1")]) != terms_digest(rows)


def test_the_first_of_two_targets_is_never_taken_but_the_same_twice_is_one():
    one, other = row("NA", "1"), row("NA", "2", equivalence="equal")
    again = row("NA", "1", version="2")

    assert look(Terms([one, other]))[:3] == ("many", None, None)
    assert look(Terms([one, again])).word == "mapped"


@pytest.mark.parametrize("how", ["unmatched", "disjoint"])
def test_what_a_map_says_is_something_else_is_no_target_whatever_is_accepted(how):
    assert look(Terms([row("NA", "1", equivalence=how)]), accept=(how,)).word == "unmapped"


def test_by_default_a_wider_code_is_not_near_enough():
    terms = Terms([row("NA", "1", equivalence="wider")])

    assert ACCEPTED == ("equal", "equivalent")
    assert look(terms).word == "unmapped"
    assert look(terms, accept=("wider",))[:3] == ("mapped", LOINC, "1")


def test_a_row_is_good_from_its_first_day_up_to_and_without_its_last():
    terms = Terms([row("NA", "1", valid_from="2026-02-01", valid_to="2026-03-01")])
    words = {
        day: look(terms, as_of=day).word
        for day in ("2026-01-31", "2026-02-01", "2026-02-28T23:59:59Z", "2026-03-01")
    }

    assert list(words.values()) == ["unmapped", "mapped", "mapped", "retired"]


def test_a_code_is_another_code_in_other_letters():
    assert look(Terms([row("NA", "1")]), "na").word == "unmapped"


@pytest.mark.parametrize("day", ["2026", "2026-06", "June 2026", ""])
def test_a_day_is_a_whole_date(day):
    with pytest.raises(Refused, match="whole date"):
        look(Terms([row("NA", "1")]), as_of=day)


def test_a_map_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(NoSuchName) as refused:
        Terms([row("NA", "1")]).lookup("lab", LOCAL, "NA", "2026-06-01")

    assert refused.value.nearest == "labs"
