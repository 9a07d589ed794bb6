"""What a gateway may show, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from attending.errors import Refused
from attending.facts.snapshot import Exposure
from attending.serve.exposure import Exposures, Lapsed


@pytest.fixture
def exposures(making):
    made = Exposures("g1")
    entries = [
        Exposure("watch", "alder", "*", "r1", "live"),
        Exposure("watch", "alder", "icu", "r1", "silent"),
        Exposure("watch", "birch", "*", "r1", "suspended"),
    ]
    assert made.take(making.snapshot(entries, making.now, 30, 7))
    return made


def test_only_a_higher_number_is_taken(exposures, making):
    nothing = making.snapshot([], making.now, 30, 7)
    assert not exposures.take(nothing)
    assert not exposures.take(making.snapshot([], making.now, 30, 6))
    assert exposures.seq == 7
    assert exposures.standing("watch", "alder", now=making.now) is not None
    assert exposures.take(making.snapshot([], making.now, 30, 8))
    assert exposures.standing("watch", "alder", now=making.now) is None


def test_a_units_own_entry_goes_before_its_sites(exposures, making):
    assert exposures.standing("watch", "alder", "icu", now=making.now).mode == "silent"
    assert exposures.standing("watch", "alder", "ward", now=making.now).mode == "live"
    assert exposures.standing("watch", "alder", "", now=making.now).mode == "silent"
    assert exposures.standing("watch", "alder", "*", now=making.now).mode == "silent"


def test_past_its_lease_a_snapshot_says_nothing(exposures, making):
    at_the_end = making.now + timedelta(seconds=30)
    assert exposures.standing("watch", "alder", now=at_the_end - timedelta(seconds=1))
    lapsed = exposures.standing("watch", "alder", now=at_the_end)
    assert isinstance(lapsed, Lapsed)
    assert (lapsed.seq, lapsed.last.mode) == (7, "silent")


def test_before_the_first_snapshot_nothing_may_be_shown(making):
    assert Exposures("g1").standing("watch", "alder", now=making.now) == Lapsed(-1, None)
    assert Exposures("g1").seq == -1


def test_a_place_named_twice_is_refused_whole(exposures, making):
    twice = [Exposure("watch", "alder", "*", "r1", mode) for mode in ("live", "suspended")]
    with pytest.raises(Refused, match="twice"):
        exposures.take(making.snapshot(twice, making.now, 30, 9))
    assert exposures.seq == 7
