"""The verb that listens: it says where, stores before it answers, maps, and ends cleanly."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner

from attending.cli import door
from attending.errors import Refused
from attending.ingest.mllp.framing import Frame, Framer, framed
from attending.ingest.mllp.reception import Door, receive
from attending.lake.inbox import open_inbox

ADMISSION = (
    b"MSH|^~\\&|ADT|ELM|HUB|TERN|20261013080000Z||ADT^A01|%d|P|2.5.1\r"
    b"PID|1||77^^^ELM^MR\rPV1|1|I|||||||||||||||||V1^^^ELM\r"
)


@pytest.fixture
def listener(tmp_path):
    started = []

    def start(*options):
        words = ["listen", "--store", str(tmp_path), "--site", "elm", "--source", "adt"]
        words += ["--port", "0", *options]
        process = subprocess.Popen(
            [sys.executable, "-c", "from attending.cli import main; main()", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        line = process.stdout.readline()
        assert line.startswith("listening for adt of elm on 127.0.0.1:")
        return process, int(line.rpartition(":")[2])

    yield start
    for process in started:
        process.kill()
        process.communicate()


def send(port, *messages):
    framer, found = Framer(), []
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(b"".join(framed(one) for one in messages))
        while len(found) < len(messages):
            found += framer.feed(line.recv(4096))
    return [frame.raw.split(b"\r")[1].split(b"|")[1] for frame in found]


def run(*words):
    found = CliRunner().invoke(door, [str(word) for word in words], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_it_stores_answers_and_ends_when_told(listener, tmp_path):
    process, port = listener()

    assert send(port, ADMISSION % 1, ADMISSION % 2) == [b"AA", b"AA"]
    process.send_signal(signal.SIGTERM)
    _, words = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "2 received: 2 accepted, 0 again, 0 parked" in words
    inbox = open_inbox(tmp_path)
    assert [one.raw for one in inbox.messages("adt")] == [ADMISSION % 1, ADMISSION % 2]
    inbox.close()


def test_stored_messages_are_mapped_by_another_verb_and_counted(listener, tmp_path, data):
    tables = data / "hl7v2" / "v2-to-fhir"
    process, port = listener()
    send(port, ADMISSION % 1, (ADMISSION % 2).replace(b"A01", b"A03"))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)

    about = ["--store", tmp_path, "--tables", tables, "-o", "json"]
    carried = run("ingest", "replay-inbox", *about, "--site", "elm", "--source", "adt")
    covered = run("ingest", "hl7v2-coverage", *about)

    with pytest.raises(Refused, match=r"(?s)adtt.*adt"):
        run("ingest", "replay-inbox", *about, "--site", "elm", "--source", "adtt")
    assert (carried["mapped"], carried["not_mapped"], carried["parked"]) == (1, 1, 0)
    assert carried["rows"]["new"] == 2
    assert sum(covered["prose_only"][name] for name in ("messages", "segments")) == 113
    words = {one["kind"]: one["table"] for one in covered["messages"]}
    assert words == {"ADT^A01": "mapped", "ADT^A03": "stored, not mapped"}


@pytest.mark.long
@pytest.mark.timeout(300)
def test_with_tables_it_maps_what_it_stored_before_it_ends(listener, tmp_path, data):
    process, port = listener("--tables", str(data / "hl7v2" / "v2-to-fhir"))
    send(port, ADMISSION % 1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=200)

    inbox = open_inbox(tmp_path)
    assert [one.under for one in inbox.stretches("adt")] not in ([], [""])
    inbox.close()


def test_what_cannot_be_mapped_is_told_counted_and_not_ended_well(tmp_path):
    open_inbox(tmp_path).close()
    words = ["ingest", "replay-inbox", "--store", tmp_path, "--tables", tmp_path / "nowhere"]
    words += ["--site", "elm", "--source", "adt", "--follow"]
    process = subprocess.Popen(
        [sys.executable, "-c", "from attending.cli import main; main()", *map(str, words)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        first = json.loads(process.stderr.readline())
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    told = [first, *map(json.loads, rest.splitlines())]
    assert [each["failed"] for each in told] == [*range(1, len(told) + 1)]
    assert "nowhere" in first["said"]
    assert process.returncode == 1


@pytest.mark.parametrize(
    "options",
    [
        ["--host", "0.0.0.0"],
        ["--host", "0.0.0.0", "--tls-clients", "ca.pem"],
        ["--zone", "Middle/Earth"],
        ["--tables", "nowhere"],
    ],
)
def test_what_would_stand_open_or_cannot_be_read_is_refused(tmp_path, options):
    words = ["listen", "--store", tmp_path, "--site", "elm", "--source", "adt", *options]

    with pytest.raises(Refused):
        CliRunner().invoke(door, [str(word) for word in words], catch_exceptions=False)
    assert not (tmp_path / "wire").exists()


def test_one_name_is_one_sites_feed(tmp_path):
    kept = receive(Frame(ADMISSION % 1), Door("adt", "elm"), "2026-10-13T08:00:00.000Z").arrived
    inbox = open_inbox(tmp_path)
    inbox.keep([kept])
    inbox.close()

    words = ["listen", "--store", str(tmp_path), "--site", "oak", "--source", "adt", "--port", "0"]
    with pytest.raises(Refused, match="adt brings the messages of elm"):
        CliRunner().invoke(door, words, catch_exceptions=False)
