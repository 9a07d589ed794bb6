"""A terminology server and its client, over a real connection on this machine."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest
import uvicorn
from click.testing import CliRunner
from starlette.testclient import TestClient

from attending.cli import door
from attending.clock import ReplayClock, WallClock
from attending.errors import Refused
from attending.fhir.terms import Asked, TermRow, Terms
from attending.ingest.terms.client import NotAnswered, Patience, TermsClient
from attending.serve.terms.app import MOST_BYTES, terms_app

TERMS = Terms(
    TermRow(map="urn:map", version="7", source_system="a", source_code=source,
            target_system="b", target_code=target, equivalence=how)
    for source, target, how in (
        ("1", "one", "equal"),
        ("2", "two", "wider"),
        ("3", "three", "equal"),
        ("3", "drei", "equivalent"),
        ("4", "", "unmatched"),
    )
)  # fmt: skip
QUICK = Patience(seconds=0.4, tries=3, pause=0.1)
PARAMETERS = {"resourceType": "Parameters", "parameter": [{"name": "result", "valueBoolean": True}]}


@contextmanager
def up(app):
    """Serve an app on a port of its own, and take it down again."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until = time.monotonic() + 10
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        assert server.started
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


class Peer:
    """Somebody else's server: answers as it is told, and counts how often it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def __call__(self, scope, receive, send):
        more, body = True, b""
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        self.asked.append(json.loads(body))
        status, headers, parts = self.answers[min(len(self.asked), len(self.answers)) - 1]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for wait, part in parts:
            await asyncio.sleep(wait)
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def says(tree, status=200, headers=()):
    return status, list(headers), [(0, json.dumps(tree).encode())]


def match(**other):
    part = {"equivalence": "equal", "system": "b", "code": "one", "source": "urn:map|7"} | other
    told = [
        {"name": "equivalence", "valueCode": part["equivalence"]},
        {"name": "concept", "valueCoding": {"system": part["system"], "code": part["code"]}},
        {"name": "source", "valueUri": part["source"]},
    ]
    return {
        "resourceType": "Parameters",
        "parameter": [*PARAMETERS["parameter"], {"name": "match", "part": told}],
    }


def client(base, **more):
    return TermsClient(base, "urn:map", "7", patience=QUICK, pause=lambda _: None, **more)


def look(asked, code="1", **how):
    return asked.lookup("urn:map", "a", code, "2026-06-01", asked=Asked(**how))


@pytest.fixture(scope="module")
def ours():
    with up(terms_app(TERMS, WallClock())) as base:
        yield base


@pytest.mark.parametrize("code", ["1", "2", "3", "4", "9"])
@pytest.mark.parametrize("accept", [("equal",), ("equal", "equivalent"), ("equal", "wider")])
def test_a_server_gives_the_answer_that_the_maps_give(ours, code, accept):
    assert look(client(ours), code, accept=accept) == look(TERMS, code, accept=accept)


def test_a_set_is_asked_whether_it_holds_a_code(ours):
    assert [client(ours).holds("a", code) for code in ("1", "9")] == [True, False]


def test_a_map_that_the_server_does_not_have_is_no_answer(ours):
    with pytest.raises(NotAnswered, match="404"):
        TermsClient(ours, "urn:other", "7", patience=QUICK).lookup(
            "urn:other", "a", "1", "2026-06-01"
        )


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--code", "1"], 0, "mapped: one of b, equal\n"),
        (["--code", "3"], 0, "many\n"),
        (["--code", "9"], 0, "unmapped\n"),
        (["--code", "1", "--in-set"], 0, "the set holds it\n"),
        (["--code", "9", "--in-set"], 0, "the set does not hold it\n"),
        (["--code", "1", "--map", "urn:other"], 1, "gave no answer: status 404"),
        (["--code", "1", "--version", "8"], 1, "gave no answer: status 404"),
        (["--code", "1", "--version", "8", "--in-set"], 1, "gave no answer: status 404"),
    ],
)
def test_another_s_server_is_asked_by_what_is_typed(ours, words, code, says):
    asked = ["terms", "ask", "--server", ours, "--map", "urn:map", "--version", "7"]

    done = CliRunner().invoke(door, [*asked, "--system", "a", *words])

    assert done.exit_code == code, done.output
    assert says in done.output + str(done.exception)


def test_an_answer_is_kept_and_a_failure_is_not():
    peer = Peer((500, [], []), says(match()), (500, [], []))
    with up(peer) as base:
        asked = client(base)
        with pytest.raises(NotAnswered):
            look(asked)
        told = [look(asked)[:3] for _ in range(3)]

    assert told == [("mapped", "b", "one")] * 3
    assert len(peer.asked) == 2


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_server_that_is_not_there_yet_is_asked_again_and_not_for_ever(status):
    waits = []
    comes, never = Peer((status, [], []), says(match())), Peer((status, [], []))
    with up(comes) as base:
        asked = TermsClient(base, "urn:map", "7", patience=QUICK, pause=waits.append)
        assert look(asked).code == "one"
    with up(never) as base, pytest.raises(NotAnswered, match=str(status)):
        look(client(base))

    assert waits == [0.1]
    assert (len(comes.asked), len(never.asked)) == (2, 3)


@pytest.mark.parametrize(
    "answer",
    [
        says({"resourceType": "OperationOutcome"}),
        says({"resourceType": "Parameters"}),
        says({"resourceType": "Parameters", "parameter": [{"name": "result"}]}),
        says({"resourceType": "Parameters", "parameter": PARAMETERS["parameter"] * 2}),
        says(match(source="urn:map|8")),
        says(match(source="urn:other|7")),
        says(match(equivalence="nearly")),
        says(match(code=1)),
        says([]),
        says(match(), status=404),
        says(match(), status=302, headers=[(b"location", b"/elsewhere")]),
        (200, [], [(0, b"not json")]),
        (200, [], [(0, b"x" * 65_536)] * 20),
        (200, [(b"content-length", b"9999")], [(0, json.dumps(match()).encode())]),
        (200, [], [(0.15, b" ")] * 20 + [(0, json.dumps(match()).encode())]),
    ],
    ids=lambda _: "",
)
def test_an_answer_that_cannot_be_used_maps_nothing_and_is_not_taken_for_unmapped(answer):
    peer = Peer(answer)
    with up(peer) as base, pytest.raises(NotAnswered):
        look(client(base))

    assert len(peer.asked) <= QUICK.tries


@contextmanager
def dripping(first, drop=b" "):
    """Answer whoever calls with some bytes, and one more every tenth of a second until they go.

    Without a drop the line is cut at once.
    """
    over = threading.Event()

    def answer(line):
        with line, suppress(OSError):
            line.sendall(first)
            while drop and not over.wait(0.1):
                line.sendall(drop)
            line.shutdown(socket.SHUT_WR)
            while line.recv(1 << 16):  # what is left unread would take back what was sent
                pass

    def listen():
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=[listening.accept()[0]], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=listen, daemon=True).start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)


WHOLE = json.dumps(match()).encode()


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("scheme", "first", "drop"),
    [
        ("http", b"", b""),
        ("http", b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n" + WHOLE, b""),
        ("http", b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n" + WHOLE, b" "),
        ("http", b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + WHOLE, b" "),
        ("http", b"HTTP/1.0 200 OK\r\n\r\n", b" "),
        ("http", b"HTTP/1.1 200 OK\r\nx: ", b"x"),
        ("https", b"\x16\x03\x03\x40\x00", b"x"),
    ],
    ids=lambda _: "",
)
def test_a_line_that_is_cut_or_never_ends_is_no_answer_and_is_left_in_time(scheme, first, drop):
    with dripping(first, drop) as address, pytest.raises(NotAnswered, match="no answer"):
        look(client(f"{scheme}://{address}"))


def test_nobody_there_is_no_answer():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(NotAnswered, match="ConnectionRefusedError"):
            look(client(base))


@pytest.mark.parametrize("base", ["http://terms.example/fhir", "file:///etc/passwd", "terms"])
def test_no_address_off_this_machine_is_asked_without_encryption(base):
    with pytest.raises(Refused, match="https"):
        client(base)


def test_a_client_is_asked_about_its_own_map_alone(ours):
    with pytest.raises(Refused, match="alone"):
        client(ours).lookup("urn:mop", "a", "1", "2026-06-01")


@pytest.fixture
def asking():
    clock = ReplayClock(WallClock().now())
    return TestClient(terms_app(TERMS, clock))


def test_a_question_may_stand_in_the_address(asking):
    answer = asking.get("/ConceptMap/$translate?url=urn:map&system=a&code=1")

    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.headers["etag"] == f'W/"{TERMS.digest}"'
    assert answer.json()["parameter"][1]["part"][1]["valueCoding"] == {"system": "b", "code": "one"}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/ConceptMap/$translate?url=urn:mop&system=a&code=1", 404, "not-found"),
        ("/ConceptMap/$translate?url=urn:map&code=1", 400, "invalid"),
        ("/ConceptMap/$translate?url=urn:map&system=a&code=1&reverse=true", 400, "invalid"),
        ("/ValueSet/$validate-code?url=urn:mop&system=a&code=1", 404, "not-found"),
    ],
)
def test_a_refusal_is_an_outcome_and_never_a_no(asking, path, status, code):
    answer = asking.get(path)

    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.json()["issue"][0]["code"] == code


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"{}", "text/plain", 400),
        (b"{", "application/fhir+json", 400),
        (b'{"a":1,"a":2}', "application/json", 400),
        (b" " * (MOST_BYTES + 1), "application/fhir+json", 413),
    ],
)
def test_a_body_that_is_no_question_is_refused(asking, body, media, status):
    answer = asking.post("/ConceptMap/$translate", content=body, headers={"content-type": media})

    assert answer.status_code == status


def test_it_says_what_it_answers(asking):
    told = asking.get("/metadata").json()
    operations = [
        (each["type"], operation["name"])
        for each in told["rest"][0]["resource"]
        for operation in each["operation"]
    ]

    assert operations == [("ConceptMap", "translate"), ("ValueSet", "validate-code")]
