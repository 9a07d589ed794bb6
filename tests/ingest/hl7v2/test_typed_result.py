"""What a result holds is read by the type it declares: a text has no parts to be lost."""

from __future__ import annotations

from decimal import Decimal

import pytest

GLUCOSE = ("2345-7", "", "NM", "5.60", "F")


def the(found):
    (one,) = found
    return one


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("ST", "Growth >10^5 CFU/mL", "Growth >10^5 CFU/mL"),
        ("ST", "~5", "~5"),
        ("ST", "A&B", "A&B"),
        ("ST", "a\\S\\b^c", "a^b^c"),
        ("TX", "first~~third 10^9/L", "first\n\nthird 10^9/L"),
        ("FT", "one\\.br\\two~three", "one\ntwo\nthree"),
    ],
)
def test_a_text_is_all_that_was_sent_and_never_its_first_part(bodies, said, kind, value, text):
    found = the(bodies(said.result(("1-8", "", kind, value, "F")), "Observation"))

    assert {name: found[name] for name in found if name.startswith(("value", "component"))} == {
        "valueString": text
    }


@pytest.mark.parametrize("value", ["", '""', "~", '""~""'])
def test_a_text_of_nothing_is_no_value(bodies, said, value):
    found = the(bodies(said.result(("1-8", "", "ST", value, "F")), "Observation"))

    assert not [name for name in found if name.startswith(("value", "component"))]


def test_texts_that_are_several_stay_several(bodies, said):
    found = the(bodies(said.result(("1-8", "", "ST", "A~B^C", "F")), "Observation"))

    assert [one["valueString"] for one in found["component"]] == ["A", "B^C"]


def test_a_reference_range_is_all_that_was_sent(bodies, said):
    message = said.result(GLUCOSE).decode().replace("UCUM|||||F", "UCUM|10^3-10^5||||F")

    assert the(bodies(message, "Observation"))["referenceRange"] == [{"text": "10^3-10^5"}]


def test_several_numbers_said_as_text_keep_their_reference_range(bodies, said):
    message = said.result(("1-8", "", "NM", "5~6", "F")).decode()
    ranged = message.replace("UCUM|||||F", "UCUM|3-5||||F")

    found = the(bodies(ranged, "Observation"))
    assert (found["valueString"], found["referenceRange"]) == ("5, 6 mmol/L", [{"text": "3-5"}])


@pytest.mark.parametrize(
    ("sent", "unit"),
    [
        ("10^9/L", {"unit": "10^9/L"}),
        ("x10^12/L", {"unit": "x10^12/L"}),
        ("K/cmm^10^3/uL^L", {"code": "K/cmm", "unit": "10^3/uL", "system": "urn:x-hl7v2:L"}),
        (
            "10^3/uL^^UCUM",
            {"code": "10^3/uL", "unit": "10^3/uL", "system": "http://unitsofmeasure.org"},
        ),
        (
            "10*9/L^billions^UCUM",
            {"code": "10*9/L", "unit": "billions", "system": "http://unitsofmeasure.org"},
        ),
    ],
)
def test_a_power_of_ten_in_a_unit_is_not_two_parts_of_it(bodies, said, sent, unit):
    message = said.result(GLUCOSE).decode().replace("mmol/L^^UCUM", sent)

    said_of_it = the(bodies(message, "Observation"))["valueQuantity"]
    assert said_of_it == {"value": Decimal("5.60"), **unit}


@pytest.mark.parametrize(
    ("value", "expected"),
    [("20261001", "2026-10-01"), ("20261001083000+0200", "2026-10-01T08:30:00+02:00")],
)
def test_a_time_stamp_of_an_older_version_is_a_time(bodies, said, value, expected):
    found = the(bodies(said.result(("8665-2", "", "TS", value, "F")), "Observation"))

    assert found["valueDateTime"] == expected


def test_a_time_stamp_that_says_how_much_of_it_holds_is_not_taken_for_more(mapped, said):
    found = mapped(said.result(("8665-2", "", "TS", "20261001^M", "F")))

    assert found.unsaid["results"] == 1
    assert "2026-10-01" not in str([one.body.get("valueDateTime") for one in found.changes])


OWN_TIME = "20261013085500+0200"  # OBX-14 of what `said` says; its OBR-7 is five minutes before


def test_a_result_without_a_time_of_its_own_has_that_of_its_order(bodies, said):
    message = said.result(GLUCOSE, ("2160-0", "", "NM", "88", "F")).decode()
    without = message.replace(OWN_TIME, "", 1)

    times = [one.get("effectiveDateTime") for one in bodies(without, "Observation")]
    assert times == ["2026-10-13T08:50:00+02:00", "2026-10-13T08:55:00+02:00"]


def test_a_result_of_an_order_that_lasted_lasted_as_long(bodies, said):
    message = said.result(GLUCOSE).decode().replace(OWN_TIME, "")
    lasted = message.replace("|20261013085000+0200|", "|20261012080000+0200|20261013080000+0200")

    found = the(bodies(lasted, "Observation"))
    assert found["effectivePeriod"] == {
        "start": "2026-10-12T08:00:00+02:00",
        "end": "2026-10-13T08:00:00+02:00",
    }
    assert "effectiveDateTime" not in found


def test_a_time_that_cannot_be_read_is_not_replaced_by_another(bodies, said):
    message = said.result(GLUCOSE).decode().replace(OWN_TIME, "13.10.2026 8:55")

    assert not [name for name in the(bodies(message, "Observation")) if "effective" in name]
