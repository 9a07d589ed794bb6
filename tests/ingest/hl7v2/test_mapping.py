"""Messages become resources by HL7's tables: the same thing always bears the same id."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.ingest.hl7v2.shape import SHAPES

GLUCOSE = ("2345-7", "", "NM", "5.60", "F")


def the(found):
    (one,) = found
    return one


def test_an_admission_gives_its_patient_and_its_visit(bodies, said):
    patient = the(bodies(said.admission(), "Patient"))
    visit = the(bodies(said.admission(), "Encounter"))

    assert patient["identifier"][0] == {
        "value": "77",
        "type": {
            "coding": [{"code": "MR", "system": "http://terminology.hl7.org/CodeSystem/v2-0203"}]
        },
        "system": "urn:x-hl7v2:ELM",
    }
    assert (patient["gender"], patient["birthDate"]) == ("female", "1960-01-02")
    assert visit["class"]["code"] == "IMP"
    assert visit["status"] == "in-progress"
    assert visit["subject"] == {"reference": f"Patient/{patient['id']}"}
    assert visit["period"] == {"start": "2026-10-13T07:00:00+02:00"}


def test_a_visit_that_has_ended_is_finished(bodies, said):
    visit = the(bodies(said.admission("A08", discharged="20261014120000+0200"), "Encounter"))

    assert visit["status"] == "finished"
    assert visit["period"]["end"] == "2026-10-14T12:00:00+02:00"


def test_a_cancelled_admission_cancels_the_same_visit(bodies, said):
    admitted = the(bodies(said.admission(), "Encounter"))
    cancelled = the(bodies(said.admission("A11"), "Encounter"))

    assert cancelled["id"] == admitted["id"]
    assert cancelled["status"] == "cancelled"


def test_the_structure_is_looked_up_from_the_event_and_not_from_the_message(mapped, said):
    told = [
        [change.body for change in mapped(said.admission("A04", structure=name)).changes]
        for name in ("", "ADT_A01", "ADT_A99", "ORU_R01")
    ]

    assert told[0]
    assert all(one == told[0] for one in told)


def test_a_result_gives_an_observation_and_its_report(bodies, said):
    message = said.result(GLUCOSE)
    observation = the(bodies(message, "Observation"))
    report = the(bodies(message, "DiagnosticReport"))

    assert observation["code"]["coding"] == [{"code": "2345-7", "system": "http://loinc.org"}]
    assert observation["valueQuantity"]["value"] == Decimal("5.60")
    assert str(observation["valueQuantity"]["value"]) == "5.60"
    assert observation["status"] == report["status"] == "final"
    assert observation["effectiveDateTime"] == "2026-10-13T08:55:00+02:00"
    assert report["result"] == [{"reference": f"Observation/{observation['id']}"}]
    assert observation["valueQuantity"]["code"] == "mmol/L"
    assert observation["valueQuantity"]["system"] == "http://unitsofmeasure.org"


def test_each_report_refers_to_its_own_results(bodies, said):
    head, *one = said.result(GLUCOSE, order="F1").decode().split("\r")
    _, *two = said.result(("2160-0", "", "NM", "88", "F"), order="F2").decode().split("\r")
    message = "\r".join([head, *one[:-1], *two[1:]])

    reports = bodies(message, "DiagnosticReport")
    codes = {o["id"]: o["code"]["coding"][0]["code"] for o in bodies(message, "Observation")}

    refers = [[codes[r["reference"].split("/")[1]] for r in one["result"]] for one in reports]
    assert refers == [["2345-7"], ["2160-0"]]


@pytest.mark.parametrize(
    ("kind", "value", "element", "expected"),
    [
        ("NM", "-0.50", "valueQuantity", Decimal("-0.50")),
        ("ST", "clear", "valueString", "clear"),
        ("CWE", "260385009^Negative^SCT", "valueCodeableConcept", "260385009"),
        ("DT", "20261001", "valueDateTime", "2026-10-01"),
        ("TM", "0815", "valueTime", "08:15:00"),
        ("SN", "<^5", "valueQuantity", Decimal(5)),
        ("SN", "^1^-^2", "valueRange", Decimal(1)),
        ("SN", "^1^:^128", "valueRatio", Decimal(1)),
        ("NR", "3^4", "valueRange", Decimal(3)),
    ],
)
def test_a_value_is_of_the_type_that_the_message_declares(
    bodies, said, kind, value, element, expected
):
    found = the(bodies(said.result(("1-8", "", kind, value, "F")), "Observation"))[element]

    leaf = {
        "valueQuantity": lambda: found["value"],
        "valueCodeableConcept": lambda: found["coding"][0]["code"],
        "valueRange": lambda: found["low"]["value"],
        "valueRatio": lambda: found["numerator"]["value"],
    }.get(element, lambda: found)()
    assert leaf == expected
    if value.startswith("<"):
        assert found["comparator"] == "<"


@pytest.mark.parametrize("value", ["5,6", "5.6e3", "NaN", "five", "٥", "1" * 60])
def test_a_number_that_is_none_is_not_made_one(bodies, said, value):
    found = the(bodies(said.result(("1-8", "", "NM", value, "F")), "Observation"))

    assert "value" not in found.get("valueQuantity", {})


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("SN", "=<^5", "=< 5 mmol/L"),
        ("SN", "≤^5", "≤ 5 mmol/L"),
        ("SN", " < ^5", "< 5 mmol/L"),
        ("SN", "&lt;^5", "&lt; 5 mmol/L"),
        ("SN", "<>^5", "<> 5 mmol/L"),
        ("SN", "<^5,5", "< 5,5 mmol/L"),
        ("SN", "<5", "<5 mmol/L"),
        ("SN", "^5^.^5", "5 . 5 mmol/L"),
        ("SN", "^5^+", "5 + mmol/L"),
        ("SN", ">^1^:^128", "> 1 : 128 mmol/L"),
        ("SN", "<^5^-^7", "< 5 - 7 mmol/L"),
        ("SN", "^5^-^7,5", "5 - 7,5 mmol/L"),
        ("SN", "^5^ - ^7", "5 - 7 mmol/L"),
        ("SN", "=<^5~>^7", "=< 5, > 7 mmol/L"),
        ("NM", "<5", "<5 mmol/L"),
        ("NM", "1,5", "1,5 mmol/L"),
        ("NM", "5^6", "5 6 mmol/L"),
        ("NM", "5~6", "5, 6 mmol/L"),
        ("NM", "hemolyzed", "hemolyzed"),
    ],
)
def test_a_number_that_is_not_wholly_carried_is_its_text_and_no_other_number(
    bodies, said, kind, value, text
):
    found = the(bodies(said.result(("1-8", "", kind, value, "F")), "Observation"))

    assert {name: found[name] for name in found if name.startswith(("value", "component"))} == {
        "valueString": text
    }


@pytest.mark.parametrize(
    ("value", "name", "number"),
    [
        ("^5", "valueQuantity", "value"),
        ("=^5", "valueQuantity", "value"),
        (">=^5", "valueQuantity", "comparator"),
        ("^5^-^7", "valueRange", "high"),
        ("^1^:^128", "valueRatio", "denominator"),
    ],
)
def test_a_structured_number_that_fhir_has_a_place_for_stays_one(bodies, said, value, name, number):
    found = the(bodies(said.result(("1-8", "", "SN", value, "F")), "Observation"))

    assert number in found[name]
    assert "valueString" not in found


def test_a_result_of_whose_value_nothing_is_made_is_counted(mapped, said):
    found = mapped(said.result(("1-8", "", "ED", "A^B^PDF^Base64^AAAA", "F"), GLUCOSE))

    assert found.unsaid["results"] == 1


@pytest.mark.parametrize("coded", ["^{}", "^^^{}^^L", "^^^^{}"])
def test_a_correction_of_a_result_without_a_code_meets_that_result_and_no_other(
    bodies, said, coded
):
    def told(*names):
        message = said.result(*((name, "", "NM", "5", "F") for name in names)).decode()
        for name in names:
            message = message.replace(f"{name}^^LN", coded.format(name))
        return [one["id"] for one in bodies(message, "Observation")]

    glucose, sodium = told("Glucose", "Sodium")
    assert told("Sodium") == [sodium]
    assert told("Sodium", "Glucose") == [sodium, glucose]


def test_a_correction_is_the_next_version_of_the_same_observation(bodies, said):
    first = the(bodies(said.result(GLUCOSE), "Observation"))
    corrected = ("2345-7", "", "NM", "6.5", "C")
    second = the(bodies(said.result(corrected, at="20261013110000+0200"), "Observation"))

    assert second["id"] == first["id"]
    assert second["status"] == "corrected"
    assert second["valueQuantity"]["value"] == Decimal("6.5")


@pytest.mark.parametrize("status", ["D", "W"])
def test_a_result_taken_back_is_deleted(bodies, mapped, said, status):
    first = the(bodies(said.result(GLUCOSE), "Observation"))
    # In error for a wrong patient: what names it is the order, not whose it was thought to be.
    found = mapped(said.result(("2345-7", "", "NM", "5.60", status), number="99"))

    gone = the([one for one in found.changes if one.type == "Observation"])
    report = the([one for one in found.changes if one.type == "DiagnosticReport"])
    assert (gone.op, gone.id) == ("delete", first["id"])
    assert "result" not in report.body


def test_a_status_without_a_meaning_in_the_tables_is_parked_and_not_guessed(mapped, said):
    found = mapped(said.result(("2345-7", "", "NM", "5.60", "?"), GLUCOSE))

    parked = the(found.parked)
    assert (parked.reason, parked.path, parked.segment) == (
        "required_missing",
        "Observation.status",
        3,
    )
    assert sum(one.type == "Observation" for one in found.changes) == 1


def test_results_of_one_code_in_one_order_stay_apart(bodies, said):
    found = bodies(said.result(GLUCOSE, GLUCOSE, ("2345-7", "2", "NM", "7", "F")), "Observation")

    assert len({one["id"] for one in found}) == 3


OF_AN_ORDER = ("Observation", "DiagnosticReport", "Specimen")


@pytest.mark.parametrize(
    ("order", "are_apart"), [("F9", True), ("", True), ("F9^LAB", False), ("F9^^1.2.3^ISO", False)]
)
def test_two_laboratories_that_count_alike_keep_their_results_apart(mapped, said, order, are_apart):
    def ids(application, facility, value="5"):
        raw = said.result(("2345-7", "", "NM", value, "F")).decode().replace("F9^LAB", order)
        raw = raw.replace("MSH|^~\\&|LAB|ELM|", f"MSH|^~\\&|{application}|{facility}|")
        found = mapped(raw + "SPM|1|S1||BLD\r").changes
        return {one.type: one.id for one in found if one.type in OF_AN_ORDER}

    one, other, third = ids("LAB", "ELM"), ids("LAB", "OAK"), ids("MICRO", "ELM")

    assert {*one} == {*OF_AN_ORDER}
    assert ids("LAB", "ELM", "6") == one
    for kind in ("Observation", "DiagnosticReport"):
        assert len({one[kind], other[kind], third[kind]}) == (3 if are_apart else 1)
    assert len({one["Specimen"], other["Specimen"], third["Specimen"]}) == 3


def test_a_patient_of_two_senders_is_one(mapped, said):
    def patient(application):
        raw = said.result(GLUCOSE).replace(b"77^^^ELM^MR", b"77").replace(b"|LAB|", application)
        return the([one.id for one in mapped(raw).changes if one.type == "Patient"])

    assert patient(b"|LAB|") == patient(b"|MICRO|")


def test_sites_and_assigners_keep_patients_apart(tables, said):
    from attending.ingest.hl7v2.mapping import Feed, map_message

    def patient(site, assigner):
        raw = said.admission().replace(b"77^^^ELM", b"77^^^" + assigner)
        found = map_message(raw, tables, Feed(site, "adt"), "2026-10-13T08:00:00.000Z")
        return the([one.id for one in found.changes if one.type == "Patient"])

    ids = {patient("elm", b"ELM"), patient("elm", b"OAK"), patient("oak", b"ELM")}
    assert len(ids) == 3


def test_the_first_medical_record_number_names_the_patient_whatever_stands_around_it(bodies, said):
    raw = said.admission().replace(b"77^^^ELM^MR", b"1^^^GOV^SS~77^^^ELM^MR~9^^^ELM^MR")

    assert the(bodies(raw, "Patient"))["id"] == the(bodies(said.admission(), "Patient"))["id"]


def test_a_number_that_is_null_is_nobodys(mapped, bodies, said):
    raw = said.admission().replace(b"77^^^ELM^MR", b'""^^^ELM^MR~8^^^ELM^PI')
    other = raw.replace(b"~8^", b"~9^")
    assert the(bodies(raw, "Patient"))["id"] != the(bodies(other, "Patient"))["id"]

    one, two = (said.result(GLUCOSE, number=n).replace(b"F9^LAB", b'""^LAB') for n in ("77", "78"))
    assert the(bodies(one, "Observation"))["id"] != the(bodies(two, "Observation"))["id"]

    merge = said.admission("A40") + b'MRG|""^^^ELM^MR\r'
    assert mapped(merge).links == []


ALLERGY = "AL1|1|DA|70618^Penicillin^RXNORM|SV|hives\r"


@pytest.mark.parametrize(
    ("second", "is_parked", "n"), [("78", True, 0), ("77", False, 1)], ids=["another", "the same"]
)
def test_what_follows_another_patient_s_pid_is_not_given_to_the_first(
    mapped, said, second, is_parked, n
):
    pid = f"PID|2||{second}^^^ELM^MR||Roe^Lee\r"
    found = mapped(said.admission("A08").decode() + pid + ALLERGY)

    assert [one.type for one in found.changes].count("AllergyIntolerance") == n
    assert [one.type for one in found.changes].count("Patient") == 1
    reasons = [("several_patients", 4)] if is_parked else []
    assert [(one.reason, one.segment) for one in found.parked] == reasons
    assert found.unsaid["segments"] == 2 - n


def test_a_message_within_a_message_maps_nothing(mapped, said):
    found = mapped(said.admission("A08") + said.admission("A08", number="78"))
    assert (found.word, found.changes) == ("parked", [])


@pytest.mark.parametrize("event", ["A18", "A34", "A36"])
def test_a_merge_by_an_event_of_an_older_version_links_as_well(mapped, said, event):
    (link,) = mapped(said.admission(event) + b"MRG|78^^^ELM^MR\r").links
    assert (link.id, link.into, link.rule) == ("78", "77", event)


def test_a_merge_links_the_prior_number_to_the_one_that_stays(mapped):
    found = mapped(
        "MSH|^~\\&|ADT|ELM|HUB|TERN|20261013080000Z||ADT^A40^ADT_A39|M1|P|2.5\r"
        "PID|1||77^^^ELM^MR\rMRG|78^^^ELM^MR~79^^^ELM^MR\rPID|1||80^^^ELM^MR\rMRG|81^^^ELM^MR\r"
    )

    assert found.word == "not_mapped"
    assert [(one.id, one.into, one.system, one.rule) for one in found.links] == [
        ("78", "77", "urn:x-hl7v2:ELM", "A40"),
        ("79", "77", "urn:x-hl7v2:ELM", "A40"),
        ("81", "80", "urn:x-hl7v2:ELM", "A40"),
    ]


@pytest.mark.parametrize(
    ("sent", "zone", "known_at", "clock"),
    [
        ("20261013080000+0200", None, "2026-10-13T06:00:00.000Z", "MSH-7"),
        ("20261013080000+0200", UTC, "2026-10-13T06:00:00.000Z", "MSH-7"),
        ("202610130800", timezone(timedelta(hours=2)), "2026-10-13T06:00:00.000Z", "MSH-7"),
        ("202610130800", None, "2026-10-13T08:00:00.000Z", "receipt"),
        ("20261013", UTC, "2026-10-13T08:00:00.000Z", "receipt"),
        ("20261399080000+0200", UTC, "2026-10-13T08:00:00.000Z", "receipt"),
        ("20161231235960+0000", None, "2017-01-01T00:00:00.000Z", "MSH-7"),  # a leap second
    ],
)
def test_what_is_known_when_never_rests_on_a_guessed_zone(
    mapped, said, sent, zone, known_at, clock
):
    found = mapped(said.admission(at=sent), zone=zone)

    assert {(one.known_at, one.clock) for one in found.changes} == {(known_at, clock)}


@pytest.mark.parametrize(
    ("sent", "known_at", "clock", "is_ahead"),
    [
        ("20261013080000+0000", "2026-10-13T08:00:00.000Z", "MSH-7", False),
        ("20261013080030+0000", "2026-10-13T08:00:00.000Z", "receipt", False),
        ("20261013080101+0000", "2026-10-13T08:00:00.000Z", "receipt", True),
        ("21500101000000+0000", "2026-10-13T08:00:00.000Z", "receipt", True),
        ("99991231235960+0000", "2026-10-13T08:00:00.000Z", "receipt", False),  # no moment at all
    ],
)
def test_nothing_is_known_later_than_it_was_received(mapped, said, sent, known_at, clock, is_ahead):
    found = mapped(said.admission(at=sent))

    assert {(one.known_at, one.clock) for one in found.changes} == {(known_at, clock)}
    assert found.is_ahead == is_ahead


def test_a_time_in_an_unknown_zone_is_a_day(bodies, said):
    message = said.admission(admitted="202610130700")

    assert the(bodies(message, "Encounter"))["period"]["start"] == "2026-10-13"
    zoned = the(bodies(message, "Encounter", zone=UTC))["period"]["start"]
    assert zoned == "2026-10-13T07:00:00+00:00"


def test_a_time_in_a_zone_of_odd_seconds_is_a_day(bodies, said):
    message = said.admission(admitted="193006010800")  # Amsterdam was 1 h 19 min 32 s ahead then

    visit = the(bodies(message, "Encounter", zone=ZoneInfo("Europe/Amsterdam")))
    assert visit["period"]["start"] == "1930-06-01"


def test_a_message_without_a_table_is_not_mapped_and_no_error(mapped, said):
    found = mapped(said.admission("A03"))

    assert (found.word, found.changes, found.parked) == ("not_mapped", [], [])


def test_a_message_that_cannot_be_read_is_parked_with_a_word(mapped):
    found = mapped(b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|7|P|2.5\rPID|\xff\r")

    assert found.word == "parked"
    assert [(one.stage, one.reason) for one in found.parked] == [("decode", "charset")]


def test_a_patient_without_a_number_is_not_made_up(mapped, said):
    found = mapped(said.admission().replace(b"77^^^ELM^MR", b""))

    assert not [one for one in found.changes if one.type == "Patient"]
    assert ("no_key", "Patient") in {(one.reason, one.path) for one in found.parked}
    assert "Patient/" not in str([one.body for one in found.changes])


def test_mapping_is_the_same_every_time(mapped, samples):
    for raw in list(samples.values())[::5]:
        one, two = mapped(raw), mapped(raw)
        assert [(c.id, c.body) for c in one.changes] == [(c.id, c.body) for c in two.changes]


def walk(body, kind):
    """Check that a tree has only elements of its shape, lists where lists are, and text."""
    for name, value in body.items():
        if name in {"resourceType", "id"}:
            continue
        if name.startswith("_"):
            assert SHAPES[kind][name[1:]]
            inner, is_list = "Element", False
        else:
            element = SHAPES[kind][name]
            inner, is_list = element.kind, element.is_list
        assert isinstance(value, list) is is_list, (kind, name)
        for one in value if is_list else [value]:
            assert one not in ("", {}, [], None), (kind, name)
            if isinstance(one, dict):
                walk(one, inner)


def test_the_public_messages_give_whole_resources_that_refer_to_one_another(mapped, samples):
    """All 57: nothing is half written, and no reference leads nowhere."""
    assert len(samples) == 57
    words = {}
    for name, raw in samples.items():
        found = mapped(raw)
        words[found.word] = words.get(found.word, 0) + 1
        there = {f"{one.type}/{one.id}" for one in found.changes}
        assert len(there) == len(found.changes), f"{name}: one resource twice"
        for one in found.changes:
            walk(one.body, one.type)
            for reference in references(one.body):
                assert reference in there, (name, one.type, reference)
    assert words == {"mapped": 28, "not_mapped": 29}


def references(value):
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [found for one in value.values() for found in references(one)]
    return [found for one in value for found in references(one)] if isinstance(value, list) else []


PIECES = st.sampled_from(
    ["", "A", "77", "^", "~", "&", "|", "\\F\\", "\\", "20261013", '""', "5.6"]
)
LINES = st.sampled_from(
    ["PID", "PV1", "OBX", "OBR", "ORC", "NTE", "NK1", "AL1", "PR1", "ZZZ", "MRG"]
)


@settings(max_examples=100)
@given(
    st.sampled_from(["ADT^A01", "ADT^A11", "ORU^R01", "ADT^A40", "OML^O21", "VXU^V04"]),
    st.lists(st.tuples(LINES, st.lists(PIECES, max_size=30).map("".join)), max_size=12),
)
def test_any_message_is_mapped_without_a_fault(mapped, kind, lines):
    text = f"MSH|^~\\&|A|B|C|D|20261013080000Z||{kind}|1|P|2.5\r"
    found = mapped(text + "".join(f"{name}|{fields}\r" for name, fields in lines))

    for one in found.changes:
        walk(one.body, one.type)
        assert one.id


def noted(*lines):
    """Write comments, each behind what it is a comment on."""
    return "".join(f"{line}\r" for line in lines).encode()


def test_a_comment_behind_a_result_is_a_note_of_that_result(bodies, said):
    values = [("2345-7", "", "NM", "5.6", "F"), ("2951-2", "", "NM", "140", "F")]
    first, other = said.result(*values).split(b"OBX|2|")
    message = first + noted("NTE|1|L|hemolyzed & lipemic ^ 2+~repeat\\.br\\it") + b"OBX|2|" + other

    with_note, without = bodies(message, "Observation")

    assert with_note["note"] == [{"text": "hemolyzed & lipemic ^ 2+\nrepeat\nit"}]
    assert "note" not in without
    assert with_note["id"] == bodies(said.result(*values), "Observation")[0]["id"]


def test_each_comment_is_a_note_with_who_wrote_it_and_when(mapped, said):
    result = said.result(("2345-7", "", "NM", "5.6", "F"))
    comments = noted(
        "NTE|1|L|first",
        "NTE|2|L|second|RE|17^Roe^Ann^^^^^^ELM|20261013091500+0200",
        'NTE|3|L|""',
        "NTE|4|L||RE|17^Roe^Ann^^^^^^ELM|20261013091500+0200",
    )
    found = mapped(result + comments)
    [body] = [one.body for one in found.changes if one.type == "Observation"]
    [author] = [one.body for one in found.changes if one.type == "Practitioner"]

    assert body["note"] == [
        {"text": "first"},
        {
            "text": "second",
            "authorReference": {"reference": f"Practitioner/{author['id']}"},
            "time": "2026-10-13T09:15:00+02:00",
        },
    ]


def test_a_comment_on_a_report_or_on_nothing_is_counted_and_becomes_no_result(mapped, said):
    message = said.result(("2345-7", "", "NM", "5.6", "F"))
    behind_report = message.replace(b"OBX|1|", b"NTE|1|L|of the report\rTQ1|1\rNTE|1|L|\rOBX|1|")
    found, plain = mapped(behind_report), mapped(message)

    assert found.unsaid["comments"] >= 1
    assert found.parked == plain.parked == []
    assert [one.body for one in found.changes] == [one.body for one in plain.changes]
