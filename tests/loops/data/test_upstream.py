"""What failed upstream holds who depends on it, by the checks there are, and is written once."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from attending import shapes
from attending.clock import stamp
from attending.errors import NoSuchName
from attending.facts.data.upstream import MOST_TABLES, Table, Upstream
from attending.facts.fact import By
from attending.loops.books import Books
from attending.loops.data.upstream import take
from attending.loops.say import Said, order
from attending.loops.today import today
from attending.report.data.upstream import Upstreams, upstreams
from attending.spec.data.upstream import Upstream as Wanted

BY = By(person="platform", via="cli")
WANTED = {
    "kind": "Upstream", "name": "edw", "source": "lab_feed", "site": "Birch",
    "tables": [{"table": "analytics.labs", "views": ["labs.lactate"], "within_hours": 26,
                "holds": ["falls"]}],
}  # fmt: skip


def tables(stg="ok", *, failed=0, at="", stale=False):
    return (
        Table(name="analytics.labs", rests_on=("stg.labs",), state="ok", at=at, tests=3,
              failed=failed, failing=("not_null(id)",) * failed),
        Table(name="stg.labs", rests_on=("raw.labs", "analytics.labs"), state=stg, tests=2),
        Table(name="raw.labs", is_stale=stale),
        Table(name="other.beds", state="failed", tests=1, failed=1),
    )  # fmt: skip


@pytest.fixture
def tell(ward):
    """Give what takes one telling in, made at the ward's moment."""
    books = Books(ward.parts.reader, ward.parts.pen, ward.clock)

    def told(stg="ok", *, wanted=WANTED, at=None, **more):
        now = stamp(ward.clock.now())
        found = tables(stg, at=now if at is None else at, **more)
        file = Upstream(teller="dbt", project="edw", digest=str(random.random()), at=now,
                        tables=found)  # fmt: skip
        document = None if wanted is None else shapes.convert(wanted, Wanted)
        return take(books, [file], document, BY)

    told.books = books
    return told


def states(taken):
    return {result.check: result.state for result in taken.results}


def test_what_is_well_upstream_holds_nothing(ward, tell):
    ward.begin()
    found = states(tell())
    ward.turn()
    assert found == dict.fromkeys(("upstream_run", "upstream_tests", "upstream_fresh"), "ok")
    assert ward.folded.standing.holds == {}


@pytest.mark.parametrize(
    ("planted", "check"),
    [({"stg": "failed"}, "upstream_run"), ({"failed": 1}, "upstream_tests"),
     ({"stale": True}, "upstream_fresh")],
)  # fmt: skip
def test_a_failure_anywhere_above_holds_the_tool_within_one_turn(ward, tell, planted, check):
    ward.begin()
    tell()
    ward.turn()
    assert ward.folded.standing.expansion != "held"

    found = tell(**planted)
    ward.turn()

    breaches = [r for r in found.results if r.state == "breach"]
    assert [r.check for r in breaches] == [check]
    [(name, held)] = ward.folded.standing.holds.items()
    assert name.startswith(f"check/{check}/analytics.labs.*/Birch/")
    assert (held.cause, held.scope, ward.folded.standing.expansion) == ("caution", "Birch", "held")


def test_a_table_grows_stale_by_itself(ward, tell):
    ward.begin()
    assert states(tell())["upstream_fresh"] == "ok"
    ward.clock.at += timedelta(hours=27)
    assert states(take(tell.books, [], None, BY))["upstream_fresh"] == "breach"
    ward.turn()
    assert ward.folded.standing.expansion == "held"


def test_a_failure_that_comes_back_after_it_was_answered_holds_again(ward, tell):
    ward.begin()
    tell(failed=1)
    ward.turn()
    hands = ward.parts.hands
    said = Said("resume", "all", "chair", "that column is read by nobody")
    order(hands, ward.folded, said, today(hands, ward.folded))
    tell(failed=2)
    ward.turn()
    assert ward.folded.standing.expansion != "held"  # the same failure, still

    tell()
    tell(failed=1)
    ward.turn()
    assert ward.folded.standing.expansion == "held"


def test_the_same_file_and_the_same_state_are_written_once(ward, tell):
    ward.begin()
    file = Upstream(teller="dbt", project="edw", digest="d", at=stamp(ward.clock.now()),
                    tables=tables(failed=1))  # fmt: skip
    wanted = shapes.convert(WANTED, Wanted)
    first = take(tell.books, [file], wanted, BY)
    size = ward.parts.reader.size()
    again = take(tell.books, [file], wanted, BY)
    assert (first.new, again.new, ward.parts.reader.size()) == (1, 0, size)
    assert states(again) == states(first)


def test_a_table_that_nobody_told_of_is_refused_with_the_nearest_name(tell):
    wanted = shapes.convert(
        WANTED | {"tables": [{"table": "analytics.lab", "holds": ["falls"]}]}, Wanted
    )
    size = tell.books.reader.size()
    file = Upstream(teller="dbt", project="", digest="d", at="2026-01-01", tables=tables())
    with pytest.raises(NoSuchName, match=r"did you mean 'analytics\.labs'"):
        take(tell.books, [file], wanted, BY)
    assert tell.books.reader.size() == size


def test_more_tables_than_one_fact_holds_are_refused_whole(tell):
    many = tuple(Table(name=f"t{n}") for n in range(MOST_TABLES + 1))
    file = Upstream(teller="dbt", project="", digest="d", at="2026-01-01", tables=many)
    with pytest.raises(Exception, match="at most 2,000"):
        take(tell.books, [file], None, BY)


def test_what_was_made_earlier_and_comes_later_changes_nothing_that_is_known(ward, tell):
    ward.begin()
    tell()
    old = Upstream(teller="dbt", project="edw", digest="old", at="2020-01-01T00:00:00Z",
                   tables=tables("failed", failed=3))  # fmt: skip
    assert states(take(tell.books, [old], None, BY))["upstream_run"] == "ok"


def test_a_telling_that_is_silent_about_a_table_leaves_what_was_known(ward, tell):
    ward.begin()
    tell("failed")
    now = stamp(ward.clock.now())
    seen = Upstream(teller="openlineage", project="x", digest="seen", at=now,
                    tables=(Table(name="stg.labs"),))  # fmt: skip
    assert states(take(tell.books, [seen], None, BY))["upstream_run"] == "breach"


def test_circles_upstream_end(ward, tell):
    ward.begin()
    tell()
    known = upstreams(ward.parts.reader.entries(kinds=("ingested", "declared")))
    assert known.above("analytics.labs") == ("analytics.labs", "stg.labs", "raw.labs")
    assert known.below("raw.labs") == ("analytics.labs", "raw.labs", "stg.labs")
    assert known.above("nothing") == ("nothing",)
    assert Upstreams().below("x") == ("x",)
