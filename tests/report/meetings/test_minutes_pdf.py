"""Minutes print what the ledger holds: each word, the count, and what each signature means."""

from __future__ import annotations

import base64
import re
import zlib
from datetime import timedelta

import pytest
from click.testing import CliRunner

from attending.cli.meeting import meeting
from attending.errors import NoSuchName
from attending.ledger.open_reader import open_reader
from attending.loops import meeting as meetings
from attending.loops.packet import Put, put
from attending.report.meetings.minutes import SEALED, minutes
from attending.report.meetings.minutes_pdf import minutes_pdf

STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
DISSENT = "the pilot was too short for night shifts"


def printed(raw):
    """Give what a PDF prints, page after page."""
    said = []
    for stream in STREAM.findall(raw):
        packed = base64.a85decode(stream.strip().removesuffix(b"~>"), adobe=False)
        drawn = zlib.decompress(packed).decode("cp1252")
        said += [re.sub(r"\\([()\\])", r"\1", s) for s in re.findall(r"\((.*?)(?<!\\)\) Tj", drawn)]
    return re.sub(r"\s+", " ", " ".join(said))


def written(store, name, *more):
    out = store / "minutes.pdf"
    told = ["minutes", name, "--out", str(out), "--store", str(store), *more]
    done = CliRunner().invoke(meeting, told, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return out.read_bytes()


@pytest.fixture
def met(diary_of):
    """A town in which the author objected, in writing, and the item was carried all the same."""
    diary = diary_of()
    town = diary.town
    town.pen._sealer = diary._sealer()
    packet = put(town.parts, town.folded, Put("spring")).digest
    for person, choice in (("chair", "approve"), ("cmio", "approve"), ("member", "approve")):
        town.clock.advance(timedelta(seconds=1))
        meetings.vote(town.parts, town.folded, meetings.Voice(person, packet), choice)
    meetings.vote(
        town.parts, town.folded, meetings.Voice("author", packet), "decline", dissent=DISSENT
    )
    meetings.close(town.parts, town.folded, meetings.Voice("chair", packet))
    town.close()
    return diary


def test_everybody_who_spoke_is_printed_with_time_and_meaning(lived):
    for diary, auditor in lived:
        for name in ("first", "second"):
            said = printed(written(auditor.store, name))
            voices = [(p, c) for n, p, c in diary.votes if n == name]
            assert len(voices) >= 3
            for person, choice in voices:
                meaning = "approval" if choice.startswith("approve") else "review"
                assert re.search(rf"{person} {choice.replace('_', ' ')}.*? {meaning} 20\d\d-", said)
            for person in (p for n, p in diary.recusals if n == name):
                assert f"{person} takes no part: {SEALED}" in said
            ((word, expires),) = [(w, e) for n, w, e in diary.closed if n == name]
            assert f"{word.replace('_', ' ').capitalize()} " in said
            assert expires in said


def test_a_dissent_stays_sealed_until_somebody_opens_it_with_the_key(met):
    assert DISSENT not in printed(written(met.store, "spring"))
    assert f"author decline: {SEALED}" in printed(written(met.store, "spring"))
    assert f"decline: {DISSENT}" in printed(written(met.store, "spring", "--opened"))


def test_the_same_facts_make_the_same_bytes(met):
    reader = open_reader(met.store)
    twice = [
        minutes_pdf(minutes(reader.entries(), "spring"), as_of="2030-01-01T00:00:00Z", root="ab")
        for _ in range(2)
    ]
    reader.close()

    assert twice[0] == twice[1]


def test_a_meeting_that_never_was_is_refused_with_those_that_were(met):
    reader = open_reader(met.store)
    with pytest.raises(NoSuchName, match="spring"):
        minutes(reader.entries(), "sprung")
    reader.close()
