"""An answer rests on facts it names, and proves itself when it is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from attending.digest import digest
from attending.errors import NoSuchName, Refused
from attending.facts.entry import Entry
from attending.facts.fact import By, Fact
from attending.report.evidence import check_names, evidence
from attending.report.question import Answer, Asked, Row, told
from attending.report.questions import CATALOG, answerable, answered, listed

BEGAN = datetime(2026, 10, 13, tzinfo=UTC)


class Facts:
    """Facts that are said to have happened so many hours in."""

    def __init__(self, *hours):
        self.hours = hours

    def size(self):
        return len(self.hours)

    def root(self, size=None):
        return f"root of {len(self.hours) if size is None else size}"

    def entries(self, start=0):
        for n, hour in enumerate(self.hours[start:], start):
            at = (BEGAN + timedelta(hours=hour)).isoformat()
            yield Entry(n, Fact(kind="said", key=str(n), at=at, by=By("p"), body={"type": "x/1"},
                                use_case="watch", site="east"))  # fmt: skip


def test_a_row_that_cites_no_fact_cannot_be_made():
    with pytest.raises(ValueError, match="cites no fact"):
        Row("key", {}, ())


@pytest.mark.parametrize(
    ("as_of", "size"),
    [
        ("2026-10-13T02:00:00Z", 3),
        ("2026-10-13T02:00:00+02:00", 1),
        ("2026-10-13", 4),
        ("2026-10-12", 0),
        ("2", 2),
        ("", 5),
    ],
)
def test_an_answer_never_holds_what_happened_later(as_of, size):
    assert evidence(Facts(0, 1, 2, 23, 24), as_of).size == size


def test_facts_that_come_in_late_do_not_change_a_past_answer():
    """A clock that is behind writes an earlier moment after a later one."""
    assert evidence(Facts(0, 1, 5), "2026-10-13T02:00:00Z").size == 2
    assert evidence(Facts(0, 1, 5, 2), "2026-10-13T02:00:00Z").size == 2


@pytest.mark.parametrize("wrong", ["yesterday", "2026-10-13T08:00:00", "9", "-1"])
def test_a_moment_that_is_none_is_refused(wrong):
    with pytest.raises(Refused):
        evidence(Facts(0, 1), wrong)


def test_a_name_that_no_fact_bears_is_refused_with_the_nearest():
    there = evidence(Facts(0))
    check_names(there, "watch", "east")
    with pytest.raises(NoSuchName, match="did you mean 'watch'"):
        check_names(there, "watsh", "")
    with pytest.raises(NoSuchName, match="sites"):
        check_names(there, "watch", "wets")


def answer_of(cells, at="now"):
    asked = Asked(evidence(Facts(0, 1)), "watch")
    rows = (Row("k", cells, (0, 1)),)
    return told(3, "title", asked, Answer("because", ("said",), rows), at=at, as_of="")


def test_the_digest_is_over_everything_but_the_moment_of_asking():
    one, again = answer_of({"said": 1}), answer_of({"said": 1}, at="later")

    assert one["digest"] == again["digest"]
    assert one["asked"] != again["asked"]
    assert one["digest"] != answer_of({"said": 2})["digest"]
    plain = {k: v for k, v in one.items() if k not in ("asked", "digest")}
    assert digest(plain) == one["digest"]


def test_each_of_the_34_is_answered_or_says_what_it_waits_for():
    assert [each.number for each in CATALOG] == list(range(1, 35))
    can = answerable()
    for each in CATALOG:
        assert each.needs or each.number in can, each
        if each.number not in can:
            found = answered(each.number, Asked(evidence(Facts(0))))
            assert (found.status, found.needs, found.rows) == ("not_yet", (each.needs,), ())
    in_part = {each.number: each.needs for each in CATALOG if each.needs and each.number in can}
    for number, needs in in_part.items():
        told = answered(number, Asked(evidence(Facts(0))))
        assert told.status in ("answered", "partial"), "of an empty ledger, all is told"
        assert {*told.needs} <= {needs}, number
    with pytest.raises(Refused, match="no question 35"):
        listed(35)
