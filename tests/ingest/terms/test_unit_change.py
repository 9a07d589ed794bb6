"""A change of unit at a source is found by what it says, and by what its numbers do."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from attending.errors import Refused
from attending.ingest.terms.unit_change import Reading, Suspect, unit_changes

CREATININE = Suspect("mg/dL", "umol/L", Decimal("113.12"))
LACTATE = Suspect("mmol/L", "mg/dL", Decimal("90.08"))
TIMES = 113.12 / 10_000


def readings(values, unit="mg/dL", code="creatinine", site="larch"):
    return [
        Reading(site, code, f"p{i}", unit, float(value), f"row-{i}")
        for i, value in enumerate(values)
    ]


def creatinine(seed, n):
    """Draw values as wards have them: most near 1 mg/dL, one in ten of failing kidneys."""
    dice = np.random.default_rng(seed)
    failing = dice.random(n) < 0.1
    return np.exp(dice.normal(np.where(failing, 1.5, 0.0), 0.45))


def found(those, **suspects):
    return unit_changes(those, suspects)


def test_another_unit_is_found_at_its_first_row_and_not_where_it_was_usual():
    values = creatinine(1, 600)
    those = readings(values)
    those[450:] = [each._replace(unit="umol/L") for each in those[450:]]
    mixed = [each._replace(unit=("mg/dL", "umol/L")[i % 2]) for i, each in enumerate(those)]

    (told,) = found(those)
    assert (told.kind, told.from_unit, told.to_unit) == ("unit_text", "mg/dL", "umol/L")
    assert (told.since_row, told.n, told.ln_e) == ("row-450", 150, None)
    assert found(mixed) == []


def test_a_unit_that_is_no_longer_told_is_a_change_too():
    those = readings(creatinine(2, 400))
    those[300:] = [each._replace(unit=None) for each in those[300:]]

    assert [(each.to_unit, each.since_row) for each in found(those)] == [("no unit", "row-300")]


@pytest.mark.parametrize("unit", ["mg/dL", None, "MG/DL"])
def test_numbers_that_moved_under_an_old_label_are_found_soon_and_dated(unit):
    values = creatinine(3, 900)
    values[700:] /= TIMES
    (told,) = found(readings(values, unit), creatinine=(CREATININE,))

    assert (told.kind, told.state, told.to_unit) == ("jump", "breach", "umol/L")
    assert abs(int(told.since_row.removeprefix("row-")) - 700) <= 3
    soon = found(readings(values[:712], unit), creatinine=(CREATININE,))
    assert [each.kind for each in soon] == ["jump"]


def test_it_goes_both_ways_and_finds_the_analyzer_that_changed_at_one_site_alone():
    dice = np.random.default_rng(4)
    usual = np.exp(dice.normal(0.6, 0.5, 800))
    moved = usual.copy()
    moved[500:] *= 9.008
    those = readings(usual, "mmol/L", "lactate", "elm") + readings(moved, "mmol/L", "lactate")
    down = readings(1 / moved, None, "lactate")

    told = found(those, lactate=(LACTATE,))
    assert [(each.site, each.from_unit, each.to_unit) for each in told] == [
        ("larch", "mmol/L", "mg/dL")
    ]
    assert [each.to_unit for each in found(down, lactate=(LACTATE,))] == ["mmol/L"]


def test_a_temperature_scale_moves_its_zero():
    dice = np.random.default_rng(5)
    values = dice.normal(37.2, 0.7, 500)
    values[300:] = values[300:] * 9 / 5 + 32
    told = found(readings(values, "Cel", "temperature"), temperature=(Suspect("Cel", "[degF]"),))

    assert [(each.to_unit, each.kind) for each in told] == [("[degF]", "jump")]


def test_what_is_found_stays_found_at_every_later_look():
    values = creatinine(6, 800)
    values[400:] /= TIMES
    those = readings(values)
    looks = [len(found(those[:n], creatinine=(CREATININE,))) for n in range(380, 800, 20)]
    jumps = [
        any(each.state == "breach" for each in found(those[:n], creatinine=(CREATININE,)))
        for n in range(380, 800, 20)
    ]

    assert jumps == sorted(jumps)
    assert jumps[-1]
    assert looks[-1] == 1


def test_the_values_of_one_patient_are_no_evidence():
    values = creatinine(7, 500)
    one = [
        Reading("larch", "creatinine", "p9999", "mg/dL", 90.0 + i, f"more-{i}") for i in range(200)
    ]

    assert found(readings(values) + one, creatinine=(CREATININE,)) == []


def test_sources_that_stay_as_they_were_are_left_alone():
    alarms = 0
    for seed in range(300):
        those = readings(creatinine(seed, 500))
        alarms += bool(unit_changes(those, {"creatinine": (CREATININE,)}, share=0.05))

    assert alarms <= 15  # 300 sources at a share of 5 %; what is measured lies far below


def test_a_source_whose_order_is_lost_gives_no_finding():
    values = creatinine(8, 900)
    values[700:] /= TIMES
    np.random.default_rng(8).shuffle(values)

    assert not [
        each for each in found(readings(values), creatinine=(CREATININE,)) if each.state == "breach"
    ]


@pytest.mark.parametrize(
    ("n", "suspect"),
    [(150, CREATININE), (800, Suspect("[in_us]", "[in_i]")), (800, Suspect("[pt_us]", "[pt_br]"))],
)
def test_too_few_and_too_alike_are_told_and_never_taken_for_well(n, suspect):
    told = unit_changes(readings(creatinine(9, n), None), {"creatinine": (suspect,)})

    assert {(each.kind, each.state) for each in told} == {("jump", "too_few")}


@pytest.mark.parametrize(
    "suspect",
    [Suspect("mg/dL", "umol/L"), Suspect("mg/dL", "g/mmol"), Suspect("mg", "10*-3.g"),
     Suspect("grams", "mg")],
)  # fmt: skip
def test_a_suspicion_that_cannot_be_is_refused(suspect):
    with pytest.raises(Refused):
        unit_changes(readings(creatinine(1, 10)), {"creatinine": (suspect,)})
