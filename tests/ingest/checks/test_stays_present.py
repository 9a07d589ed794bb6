"""A column that fills up, and empties again, on a record of 101,766 encounters.

Nothing here was chosen by looking at that record: what a watch finds, how soon and how
rarely in vain is stated in `ingest/columns/level`, and held against streams whose truth is known.
"""

from __future__ import annotations

import duckdb
import ibis
import numpy as np
import pytest

from attending import shapes
from attending.ingest.checking import Occasion, run_checks
from attending.ingest.columns.level import ALARM_DAYS, FALL_DAYS, connected, fallen, level
from attending.spec.data.checks import Checks

AT = "2026-03-02T12:00:00.000Z"
ROWS_A_DAY = 500
DOCUMENT = {
    "kind": "Checks",
    "name": "diabetes",
    "source": "diabetes130",
    "table": "encounters",
    "key": "encounter_id",
    "order": "row",
    "rows_a_day": ROWS_A_DAY,
    "missing": ["", "?"],
    "checks": [
        {"check": "present", "column": "payer_code"},
        {"check": "stays_present", "column": "payer_code"},
        {"check": "present", "column": "A1Cresult"},
        {"check": "in_value_set", "column": "A1Cresult", "values": ["None", ">7", ">8", "Norm"]},
    ],
}


BOTH = pytest.mark.parametrize("rows_a_day", [500, 100])


@pytest.fixture(scope="module")
def encounters(data):
    """Give the encounters in the order of their numbers."""
    con = duckdb.connect()
    path = str(data / "diabetes130" / "diabetic_data.parquet")
    return con.execute(
        "SELECT encounter_id, payer_code, A1Cresult,"
        " row_number() OVER (ORDER BY CAST(encounter_id AS BIGINT)) - 1 AS row"
        " FROM read_parquet(?) ORDER BY row",
        [path],
    ).to_arrow_table()


def looked_at(table, **said):
    con = duckdb.connect()
    con.register("encounters", table)
    rows = ibis.duckdb.from_connection(con).table("encounters")
    checks = shapes.convert({**DOCUMENT, **said}, Checks)
    return {(r.check, r.column): r for r in run_checks(checks, rows, Occasion("0" * 64, AT, {}))}


def at_row(table, n, **said):
    found = looked_at(table.slice(0, n), **said)
    return found["present", "payer_code"], found["stays_present", "payer_code"]


@pytest.mark.parametrize(("rows_a_day", "connects_at"), [(500, 24_500), (100, 24_200)])
def test_before_it_is_connected_nothing_of_a_column_is_an_outage(
    encounters, rows_a_day, connects_at
):
    first = encounters.slice(0, connects_at)
    present = np.array([p.as_py() != "?" for p in first["payer_code"]])
    strays = {n: int(present[:n].sum()) for n in (20_446, 21_500, connects_at - rows_a_day)}
    assert strays[20_446] == 0
    assert strays[21_500] == 4

    for n, count in strays.items():
        for result in at_row(encounters, n, rows_a_day=rows_a_day):
            assert result.state == "not_connected"
            assert result.num_denominator - result.num_violated == count
    there, falls = at_row(encounters, connects_at, rows_a_day=rows_a_day)
    assert (there.state, there.since_row) != ("not_connected", 0)
    assert there.from_ == connects_at - rows_a_day
    assert falls.state == "too_few"


@BOTH
def test_the_gap_after_the_first_strays_is_no_outage(encounters, rows_a_day):
    first = np.flatnonzero([p.as_py() != "?" for p in encounters["payer_code"][:24_500]])
    widest = int(np.argmax(np.diff(first)))
    begins, ends = int(first[widest]) + 1, int(first[widest + 1])
    assert (int(first[0]), begins) == (20_446, 21_084)
    assert ends - begins == 2_584

    for n in range(begins, ends, 600):
        for result in at_row(encounters, n, rows_a_day=rows_a_day):
            assert result.state == "not_connected"
            assert result.num_denominator - result.num_violated == widest + 1 == 4


@BOTH
def test_the_decline_is_found_soon_after_it_begins_and_never_before(encounters, rows_a_day):
    def falls(n):
        return at_row(encounters, n, rows_a_day=rows_a_day)[1]

    for n in (68_500, 71_000, 78_000, 83_000, 85_070):
        assert falls(n).state == "ok", n
    found = falls(91_000)

    assert found.state == "breach"
    assert 85_070 < found.since_row <= 91_000
    assert falls(len(encounters)).since_row == found.since_row


@BOTH
def test_an_answer_that_says_none_is_an_answer(encounters, rows_a_day):
    found = looked_at(encounters, rows_a_day=rows_a_day)

    assert found["present", "A1Cresult"].num_violated == 0
    assert found["present", "A1Cresult"].state == "ok"
    assert found["in_value_set", "A1Cresult"].num_violated == 0


@BOTH
def test_the_same_rows_the_other_way_round_are_another_story(encounters, rows_a_day):
    backward = encounters.take(np.arange(len(encounters))[::-1])
    backward = backward.set_column(3, "row", encounters["row"])

    there, falls = at_row(backward, len(backward), rows_a_day=rows_a_day)

    assert there.from_ == 0  # connected from the first day
    assert falls.state == "breach"
    assert 35_000 < falls.since_row < 41_000  # where .93 becomes .72, seen from this end


@BOTH
def test_shuffled_rows_have_no_story(encounters, rows_a_day):
    """The level stays what it is; nothing is ever said to have fallen."""
    chance = np.random.default_rng(7)
    for part in (encounters, encounters.slice(64_500)):
        mixed = part["payer_code"].take(chance.permutation(len(part)))
        told = part.set_column(1, "payer_code", mixed)
        _, falls = at_row(told, len(part), rows_a_day=rows_a_day)
        assert falls.state in ("ok", "too_few")


def streams(rate, days, rows, n, seed):
    chance = np.random.default_rng(seed)
    return [chance.binomial(rows, np.broadcast_to(rate, days)).astype(float) for _ in range(n)]


@pytest.mark.parametrize("rows", [50, 500])
def test_a_share_that_stays_is_not_said_to_fall(rows):
    days = 200
    n = np.full(days, float(rows))
    alarms = [
        fallen(k, n, wanted=0.8).state == "breach"
        for k in streams(0.9, days, rows, n=20, seed=rows)
    ]

    assert sum(alarms) <= 20 * days / ALARM_DAYS + 2 * np.sqrt(20 * days / ALARM_DAYS)


@pytest.mark.parametrize("rows", [200, 500])
def test_a_fall_of_five_points_is_found_when_it_was_planned_to_be(rows):
    rate = np.r_[np.full(60, 0.93), np.full(60, 0.88)]
    found = [
        fallen(k, np.full(120, float(rows)), wanted=0.8)
        for k in streams(rate, 120, rows, n=20, seed=rows)
    ]
    delays = [f.since - 60 for f in found if f.state == "breach"]

    assert len(delays) >= 19
    assert min(delays) > 0
    assert np.median(delays) <= 1.5 * FALL_DAYS


def test_what_was_empty_and_is_filled_again_is_ok_again():
    k = np.r_[np.full(20, 95.0), np.full(20, 30.0), np.full(30, 96.0)]
    n = np.full(70, 100.0)

    assert fallen(k[:40], n[:40], wanted=0.8).state == "breach"
    assert fallen(k, n, wanted=0.8).state == "ok"
    assert level(n[:40] - k[:40], n[:40], allowed=0.2).state == "breach"
    assert level(n - k, n, allowed=0.2).state == "ok"


def test_a_share_that_is_just_what_is_allowed_is_rarely_called_anything():
    said = [
        level(v, np.full(150, 100.0), allowed=0.1).state != "too_few"
        for v in streams(0.1, 150, 100, n=100, seed=3)
    ]

    assert np.mean(said) <= 0.1 + 2.6 * 0.03


def test_a_column_of_strays_is_not_connected():
    assert connected(np.full(500, 20.0), np.full(500, 500.0), wanted=0.8) is None


@pytest.mark.parametrize("rows_a_day", [20, 50, 120])
def test_at_a_small_site_a_fall_is_found_and_is_over_when_it_is_filled_again(rows_a_day):
    """So few rows leave no tolerance, and the reference is itself what is watched."""
    rng = np.random.default_rng(5)
    shares = [0.7] * 300 + [0.3] * 60 + [0.75] * 500
    n = np.full(len(shares), float(rows_a_day))
    there = rng.binomial(rows_a_day, shares).astype(float)

    states = [fallen(there[:end], n[:end], wanted=0.6).state for end in (300, 360, len(shares))]

    assert states == ["ok", "breach", "ok"]
