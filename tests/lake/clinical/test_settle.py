"""What holds is what was known last, however often and in whatever order it came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attending.lake.clinical.received import RECEIPT
from attending.lake.clinical.settle import Stored, holding, settle

TOLD = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["upsert", "delete"])),
    unique_by=lambda each: each[0],
    min_size=1,
    max_size=6,
)


def arrive(stored, told, clock="meta.lastUpdated", raw="r"):
    """Let (time, op) come in, each of its own version; give what each was."""
    words, first = [], len(stored)
    for place, (known, op) in enumerate(told):
        version = f"v{known}" if op == "upsert" else ""
        said = Stored(op, version, known, len(stored), raw, place)
        words.append(settle(stored, said, clock, first=first))
        if words[-1] != "no_ops":
            stored.append(said)
    return words


@given(TOLD, st.randoms())
def test_the_order_of_arrival_does_not_change_what_holds(told, random):
    first, other = [], []
    arrive(first, told)
    shuffled = list(told)
    random.shuffle(shuffled)
    arrive(other, shuffled)

    last, op = max(told)
    assert (
        holding(first).version == holding(other).version == (f"v{last}" if op == "upsert" else "")
    )
    for moment in range(6):
        then = [[each for each in stored if each.known_at <= moment] for stored in (first, other)]
        assert len({holding(each).version if each else "" for each in then}) == 1


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["upsert", "delete"])), max_size=8),
)
def test_without_a_clock_a_file_read_twice_is_stored_once_and_its_last_line_holds(told):
    stored = []
    for again in range(2):
        words, first = [], len(stored)
        for place, (value, op) in enumerate(told):
            version = f"v{value}" if op == "upsert" else ""
            said = Stored(op, version, again, len(stored), "r", place)
            words.append(settle(stored, said, RECEIPT, first=first))
            if words[-1] != "no_ops":
                stored.append(said)
        assert not told or holding(stored).version == version
    assert set(words) <= {"no_ops"}


@given(TOLD)
def test_what_is_delivered_twice_is_stored_once(told):
    stored = []
    arrive(stored, told)
    n_before = len(stored)

    assert arrive(stored, told) == ["no_ops"] * len(told)
    assert len(stored) == n_before


def test_the_same_content_said_again_with_a_newer_time_is_no_news():
    stored = []
    arrive(stored, [(1, "upsert")])
    again = Stored("upsert", "v1", 3, 1, "other", 0)

    assert settle(stored, again, "meta.lastUpdated", first=1) == "no_ops"


def test_without_a_clock_bytes_sent_again_after_others_are_meant_anew():
    stored = []
    arrive(stored, [(1, "upsert")], RECEIPT, raw="a")
    arrive(stored, [(2, "upsert")], RECEIPT, raw="b")
    back = Stored("upsert", "v1", 3, 2, "a", 0)

    assert settle(stored, back, RECEIPT, first=2) == "corrected"


def test_what_is_older_than_what_holds_is_late_and_does_not_hold():
    stored = []

    assert arrive(stored, [(4, "upsert"), (2, "upsert"), (5, "delete"), (3, "delete")]) == [
        "new",
        "late",
        "deletes",
        "late",
    ]
    assert holding(stored).op == "delete"
