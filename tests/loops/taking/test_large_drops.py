"""A large drop: in by parts, whole at the end, and nobody waits for it meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attending.cli import up
from attending.cli.speaking import meanwhile
from attending.errors import GateNotMet
from attending.ingest.streams import steady
from attending.loops import drops
from attending.loops.carry_out import apply
from attending.loops.plan import look, planned, write
from attending.loops.taking import news
from attending.loops.today import today

ROW = {"hospital": "1", "day": "0", "alert": "1"}


def rows(n):
    return [ROW | {"id": f"c{each}", "fell": str(each % 2)} for each in range(n)]


def mixed():
    """Rows of every kind: told, repeated, contradicted, and such as cannot be read."""
    told = rows(30)
    other = {"id": "other"}
    return [
        *told, told[3], told[4] | {"fell": "1"}, told[5] | other | {"hospital": "9"},
        told[6] | other | {"fell": "maybe"},
    ]  # fmt: skip


def told_of(ward):
    """Give what is on record of drops and their cases, in order, but that a file was begun."""
    entries = ward.parts.reader.entries(kinds=("ingested", "served", "observed"))
    return [(e.fact.key, e.fact.site, e.fact.body) for e in entries if e.fact.type != "begun/1"]


class Commits:
    """A pen that counts how many facts it is handed at once, and stops where it is told to."""

    def __init__(self, pen, *, at_most=10**9):
        self._pen, self._left, self.sizes = pen, at_most, []

    def __getattr__(self, name):
        return getattr(self._pen, name)

    def append(self, facts, payloads=()):
        self._left -= 1
        if self._left < 0:
            raise SystemExit
        self.sizes.append(len(facts))
        return self._pen.append(facts, payloads)


def write_by(ward, **how):
    pen = Commits(ward.parts.pen, **how)
    ward.parts = replace(ward.parts, pen=pen)
    ward.turns.parts = [(ward.parts, ward.folded)]
    return pen


def stopped_halfway(ward):
    """Drop a file of many commits, and end the process after three of them."""
    path = ward.drop("big.csv", *mixed())
    write_by(ward, at_most=3)
    with pytest.raises(SystemExit):
        ward.turn()
    ward.close()
    ward.open()
    assert len(ward.facts("begun/1")) == 1
    return path


# --- in by parts, and whole at the end -----------------------------------------------------


@pytest.mark.parametrize("at_once", [1, 7, 50])
def test_in_parts_of_any_size_the_same_facts_are_told_in_the_same_order(
    ward_of, monkeypatch, at_once
):
    wards = [ward_of("at-once"), ward_of("in-parts")]
    for ward, most in zip(wards, (10_000, at_once), strict=True):
        monkeypatch.setattr(news, "AT_ONCE", most)
        ward.begin()
        ward.drop("big.csv", *mixed())
        ward.turn()

    assert told_of(wards[0]) == told_of(wards[1])
    assert [len(ward.facts("begun/1")) for ward in wards] == [0, 1]


def test_no_commit_of_a_drop_is_large_so_that_whoever_suspends_waits_for_a_small_one(
    ward, monkeypatch
):
    monkeypatch.setattr(news, "AT_ONCE", 8)
    ward.begin()
    pen = write_by(ward)
    ward.drop("big.csv", *mixed())
    ward.turn()

    assert len(told_of(ward)) > 60
    assert max(pen.sizes) <= 8 + 1  # and that it was begun, or that it is in


@pytest.mark.parametrize("n", range(1, 57, 7))
def test_a_process_that_dies_in_the_middle_of_a_drop_goes_on_and_counts_the_same(
    ward_of, monkeypatch, n
):
    monkeypatch.setattr(news, "AT_ONCE", 1)
    calm, ward = ward_of("calm"), ward_of("dies")
    for each in (calm, ward):
        each.begin()
        each.drop("big.csv", *mixed())
    calm.turn()
    for at_most in (n, 2):  # and once more, soon after it began anew
        write_by(ward, at_most=at_most)
        with pytest.raises(SystemExit):
            ward.turn()
        ward.close()
        ward.open()
    ward.turn()

    assert told_of(ward) == told_of(calm)
    assert len(ward.facts("begun/1")) == 1


# --- half a file ---------------------------------------------------------------------------


def test_a_file_that_is_taken_away_halfway_is_said_to_be_and_taken_whole_when_it_comes_again(
    ward, monkeypatch
):
    monkeypatch.setattr(news, "AT_ONCE", 5)
    ward.begin()
    path = stopped_halfway(ward)
    away = path.rename(ward.store / "elsewhere.csv")
    ward.turn()
    ward.turn()
    assert len(ward.facts("halted/1")) == 1
    assert ward.facts("source/1") == []
    assert ward.folded.drops.begun == {}

    away.rename(path)
    ward.on(1)
    ward.turn()
    assert len(ward.facts("source/1")) == 1
    assert len(ward.facts("prediction/1")) == 29
    assert ward.folded.drops.begun == {}


def test_a_file_that_is_written_to_halfway_is_read_anew_and_what_it_said_is_not_unsaid(
    ward, monkeypatch
):
    monkeypatch.setattr(news, "AT_ONCE", 5)
    ward.begin()
    monkeypatch.setattr(steady, "PIECE", 1 << 9)
    monkeypatch.setattr(drops, "AT_ONCE", 20)
    path = ward.drop("big.csv", *rows(1_000))

    def writes():
        if path.read_text().count("\n") == 1_001:
            with path.open("a") as file:
                file.write("1,0,1,more,1\n")

    monkeypatch.setattr(up, "Meanwhile", lambda *_: writes)
    ward.turn()
    assert len(ward.facts("halted/1")) == 1
    assert 0 < len(ward.facts("prediction/1")) < 1_000
    ward.turn()

    [fact] = ward.facts("source/1")
    assert fact.body["rows"] == len(ward.facts("prediction/1")) == 1_001


def test_no_plan_is_applied_while_half_a_file_is_on_record(ward_of, monkeypatch):
    """Half a file may hold all that went well; the other half lies in the same folder."""
    monkeypatch.setattr(news, "AT_ONCE", 5)
    ward = ward_of()
    day = today(ward.parts.hands, ward.folded)
    digest = write(
        ward.parts.hands, ward.folded, planned(ward.parts, look(ward.parts, ward.folded, day))
    )
    stopped_halfway(ward)
    with pytest.raises(GateNotMet, match="half a file of source is on record"):
        apply(ward.parts, ward.folded, digest, day)
    assert ward.folded.standing.at("Alder").mode == "off"

    ward.turn()
    apply(ward.parts, ward.folded, digest, day)
    assert ward.folded.standing.at("Alder").mode == "silent"


# --- meanwhile -----------------------------------------------------------------------------


def test_leases_are_renewed_while_a_drop_is_taken_in_and_no_day_is_closed(ward, monkeypatch):
    monkeypatch.setattr(news, "AT_ONCE", 5)
    monkeypatch.setattr(meanwhile, "RENEW_WITHIN", 0.0)
    ward.begin()
    ward.turn()
    ward.on(4)
    seqs, n_measured = [], []
    renew = meanwhile.renew

    def renewed(parts, folded):
        renew(parts, folded)
        seqs.append(folded.seq)
        n_measured.append(len(ward.facts("measured/1")))

    monkeypatch.setattr(meanwhile, "renew", renewed)
    ward.drop("big.csv", *mixed())
    ward.turn()

    assert len(seqs) > 8
    assert seqs == sorted({*seqs})
    assert len({*n_measured}) == 1
    assert len(ward.facts("measured/1")) > n_measured[0]


def test_a_lease_that_cannot_be_renewed_stops_no_drop(ward, monkeypatch):
    monkeypatch.setattr(news, "AT_ONCE", 5)
    monkeypatch.setattr(meanwhile, "RENEW_WITHIN", 0.0)
    ward.begin()
    ward.turn()

    def fails(*_):
        raise OSError

    monkeypatch.setattr(meanwhile, "renew", fails)
    ward.drop("big.csv", *mixed())
    ward.turn()
    assert len(ward.facts("source/1")) == 1


def test_a_process_that_is_told_to_stop_leaves_the_drop_where_it_is(ward, monkeypatch):
    monkeypatch.setattr(news, "AT_ONCE", 5)
    ward.begin()
    ward.drop("big.csv", *mixed())
    ward.turns._stop.set()
    with pytest.raises(SystemExit):
        ward.turn()
    assert 0 < len(ward.facts("prediction/1")) < 29

    ward.close()
    ward.open()
    ward.turn()
    assert ward.facts("source/1")[0].body["cases"] == 29
