"""Messages to be mapped, and HL7's own tables where they are."""

from __future__ import annotations

import pytest

from attending.ingest.hl7v2.mapping import Feed, map_message
from attending.ingest.hl7v2.tables import read_tables

RECEIVED = "2026-10-13T08:00:00.000Z"
ADT = "MSH|^~\\&|ADT|ELM|HUB|TERN|{at}||ADT^{event}^{structure}|M1|P|2.5.1\r"
PID = "PID|1||{number}^^^ELM^MR||Doe^Pat||19600102|F\r"
ORU = "MSH|^~\\&|LAB|ELM|HUB|TERN|{at}||ORU^R01^{structure}|M2|P|2.5.1\r"


def segment(name, **fields):
    """Write a segment from the fields that are valued, as f3="..."."""
    numbered = {int(key[1:]): value for key, value in fields.items()}
    return "|".join([name, *(numbered.get(n, "") for n in range(1, max(numbered) + 1))]) + "\r"


class Said:
    """Messages of a made-up hospital."""

    def admission(self, event="A01", *, number="77", visit="V1", at="20261013080000+0200", **other):
        visited = segment(
            "PV1",
            f2="I",
            f3="3W^12^B",
            f19=f"{visit}^^^ELM",
            f44=other.get("admitted", "20261013070000+0200"),
            f45=other.get("discharged", ""),
        )
        head = ADT.format(at=at, event=event, structure=other.get("structure", ""))
        return (head + f"EVN||{at}\r" + PID.format(number=number) + visited).encode()

    def result(self, *values, order="F9", number="77", at="20261013090000+0200", structure=""):
        """Give a report; each value is (code, sub-id, type, value, status)."""
        asked = segment(
            "OBR",
            f1="1",
            f3=f"{order}^LAB",
            f4="24323-8^Panel^LN",
            f7="20261013085000+0200",
            f22="20261013090000+0200",
            f25="F",
        )
        rows = [
            segment(
                "OBX",
                f1=str(n),
                f2=kind,
                f3=f"{code}^^LN",
                f4=sub,
                f5=value,
                f6="mmol/L^^UCUM",
                f11=status,
                f14="20261013085500+0200",
            )
            for n, (code, sub, kind, value, status) in enumerate(values, 1)
        ]
        head = ORU.format(at=at, structure=structure) + PID.format(number=number)
        return (head + asked + "".join(rows)).encode()


@pytest.fixture(scope="session")
def said():
    return Said()


@pytest.fixture(scope="session")
def tables(data):
    return read_tables(data / "hl7v2" / "v2-to-fhir")


@pytest.fixture(scope="session")
def mapped(tables):
    """Map a message, or text of one."""

    def run(message, *, zone=None, received=RECEIVED):
        raw = message.encode() if isinstance(message, str) else message
        return map_message(raw, tables, Feed("elm", "adt", zone), received)

    return run


@pytest.fixture(scope="session")
def bodies(mapped):
    """Map a message and give its resources of one type."""

    def run(message, kind, **options):
        return [one.body for one in mapped(message, **options).changes if one.type == kind]

    return run


@pytest.fixture(scope="session")
def samples(data):
    """Give the public messages as they go over the wire: segments end in CR."""
    found = sorted((data / "hl7v2" / "messages").glob("*.hl7"))
    return {
        path.stem: path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r") for path in found
    }
