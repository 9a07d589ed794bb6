"""The tables are data: what is applied is read from them, and what is not is listed."""

from __future__ import annotations

from collections import Counter

import pytest

from attending.errors import Refused
from attending.ingest.hl7v2.tables import read_tables


def test_every_row_with_a_prose_condition_alone_is_listed_and_none_applied(tables):
    prose = Counter(one.folder for one in tables.left if one.because == "prose")

    assert prose["messages"] + prose["segments"] == 113
    left = {one.line for one in tables.left}
    applied = {use.line for root in tables.messages.values() for use in uses(root)}
    applied |= {row.line for rows in tables.segments.values() for row in rows}
    assert not left & applied
    assert len(applied) == tables.applied["messages"] + tables.applied["segments"]


def uses(node):
    yield from node.uses
    for child in node.children:
        yield from uses(child)


@pytest.mark.parametrize(
    ("code", "event", "has_table"),
    [
        ("ADT", "A04", True),
        ("ADT", "A11", True),
        ("ADT", "A03", False),
        ("ADT", "A40", False),
        ("ORU", "R01", True),
        ("SIU", "S26", True),
        ("BAR", "P01", False),
        ("ADT", "", False),
    ],
)
def test_a_trigger_event_names_its_structure(tables, code, event, has_table):
    assert (tables.structure(code, event) is not None) is has_table


def write(folder, **changed):
    """Write the least that tables can be: one message, one segment, one type, one vocabulary."""
    head = "x\nx\n"
    files = {
        "messages/HL7 Message - FHIR R4_ ADT_A01 - Sheet1.csv": head
        + "1,A.PID,PID,Patient,1,1,,,,Patient[1],PID[Patient],,\n",
        "segments/HL7 Segment - FHIR R4_ PID[Patient] - PID.csv": head
        + "3,PID-3,Number,CX,1,-1,,,,identifier[1],,Identifier,0,-1,CX[Identifier],,,\n"
        + f"8,PID-8,Sex,CWE,0,1,{changed.get('condition', '')},,,gender,,code,0,1,,Sex,,\n",
        "datatypes/HL7 Data Type - FHIR R4_ CX[Identifier] - Sheet1.csv": head
        + "1,CX.1,ID,ST,1,1,,,,value,,string,0,1,,,,\n",
        "codesystems/HL7 Concept Map_ Sex - Sheet1.csv": head
        + f"F,Female,T,,,,{changed.get('code', 'female')},,Female,,,\n",
        "codesystems/HL7 Concept Map_ MessageStructure - Sheet1.csv": head
        + f'ADT_A01,"A01, {changed.get("event", "A04")}",T\n',
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return read_tables(folder)


def mapped(tables, event="A01"):
    from attending.ingest.hl7v2.mapping import Feed, map_message

    raw = f"MSH|^~\\&|A|B|C|D|20261013080000Z||ADT^{event}|1|P|2.5\rPID|||7|||||F\r".encode()
    return map_message(raw, tables, Feed("elm", "adt"), "2026-10-13T08:00:00.000Z")


def test_other_tables_give_another_mapping(tmp_path):
    first = write(tmp_path / "a")
    second = write(tmp_path / "b", code="unknown", condition="IF PID-3 VALUED")
    third = write(tmp_path / "c", condition="IF the sender says so")
    fourth = write(tmp_path / "d", condition="IF PID-3 NOT VALUED")

    told = [mapped(one).changes[0].body.get("gender") for one in (first, second, third, fourth)]

    assert told == ["female", "unknown", None, None]
    assert len({one.digest for one in (first, second, third, fourth)}) == 4


def test_the_table_of_structures_decides_which_events_are_mapped(tmp_path):
    tables = write(tmp_path, event="A99")

    assert mapped(tables, "A99").word == "mapped"
    assert mapped(tables, "A04").word == "not_mapped"


def test_a_folder_without_tables_is_refused(tmp_path):
    with pytest.raises(Refused):
        read_tables(tmp_path)
