"""What pages know is folded from the ledger, as it grows and as it was."""

from __future__ import annotations

import gc
import weakref
from array import array

import pytest

from attending.console.course import Course
from attending.console.governance.evidence import done
from attending.console.governance.portfolio import portfolio_of
from attending.console.history import History
from attending.errors import NoSuchName
from attending.facts.entry import Entry
from attending.facts.fact import By, Fact
from attending.ledger.open_reader import open_reader


def served(index, *, display="shown", supersedes=None, reason=""):
    body = {"type": "prediction/1", "display": display, "reason": reason}
    by = By(person="gateway", via="gateway")
    fact = Fact(
        kind="served", key=f"k{index}", at="", by=by, body=body, site="east", supersedes=supersedes
    )
    return Entry(index, fact)


def test_every_day_of_the_past_is_what_was_decided_then(parts):
    course = parts.history.course("watch_alert")

    for decided in course.decided:
        then = parts.history.course("watch_alert", decided.day)
        assert then.today == decided
        assert all(int(r.fact.body["day"]) <= decided.day for r in then.receipts)
        assert then.cut >= decided.index


def test_a_day_s_own_moves_belong_to_it(parts, replayed):
    for move in replayed[1]["moves"]:
        then = parts.history.course("watch_alert", move["day"])
        assert move["because"] in [r.fact.body["because"] for r in then.receipts]


def test_where_things_stand_is_what_the_loops_say(parts, replayed):
    standing = parts.history.course("watch_alert").standing()

    assert standing.at("east").mode == "suspended"
    assert standing.at("west").mode == "live"


def test_predictions_are_counted_up_to_a_fact(parts):
    course = parts.history.course("watch_alert")
    then = parts.history.course("watch_alert", 10)

    assert course.count() == 1200
    assert then.count() == 2 * 10 * 11
    assert course.count("east", "shown", after=then.cut) < course.count("east", "shown")


def test_a_correction_is_no_second_prediction():
    course = Course("u", "u", read_backs=[])
    course.put_display(served(4))
    course.put_display(served(5))
    course.put_display(served(6, display="failed", supersedes=4, reason="no_record"))
    course.cut = 6

    assert course.count() == 2
    assert course.displays["east", "shown", ""] == array("q", [5])


def test_a_ledger_that_grew_is_taken_in_from_where_it_was(own_store, make_parts, parts):
    from attending.cli.actions.rollouts import Actions

    mine = make_parts(own_store)
    before = mine.history.course("watch_alert")
    Actions(own_store).order(
        "watch_alert", "hold", "west", reason="somebody asked", person="chair-post"
    )
    after = mine.history.course("watch_alert")

    assert len(after.said) == len(before.said) + 1
    assert after.standing() == History(mine.reader).course("watch_alert").standing()


def test_a_use_case_that_is_not_there_is_refused_with_the_nearest(parts):
    with pytest.raises(NoSuchName, match="did you mean 'watch_alert'"):
        parts.history.course("watch_alarm")


def test_what_pages_folded_of_a_ledger_ends_with_it(store):
    reader = open_reader(store)
    history = History(reader)
    assert portfolio_of(history) is portfolio_of(history)
    done(history)
    there = weakref.ref(reader)
    reader.close()
    del reader, history
    gc.collect()

    assert there() is None
