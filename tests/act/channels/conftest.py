"""Real servers on this machine: one that takes mail, one that takes posts, and both may fail."""

from __future__ import annotations

import importlib.util
import json
import os
import socketserver
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from attending.act.channel import Outgoing
from attending.clock import ReplayClock, stamp
from attending.facts.fact import By, Fact
from attending.ledger.open_ledger import open_ledger
from attending.loops.books import Books
from attending.loops.notify import declare_playbook
from attending.spec.contacts import Contacts, Hook, Mail, Pager, Post

SECRET = "a secret of some length"
KEY = "routing-key-canary"


class Mailman(socketserver.StreamRequestHandler):
    """Takes one letter by SMTP (RFC 5321), as far as a client needs it."""

    timeout = 5

    def handle(self):
        office = self.server.office
        office.calls += 1
        if office.hangs:
            office.let_go.wait(20)
            return
        self.say("220 here")
        while line := self.rfile.readline():
            verb = line.strip().upper()[:4]
            if verb == b"DATA":
                self.say("354 go on")
                self.letter()
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            elif verb == b"RCPT" and office.refuses:
                self.say("550 no such person canary-reply")
            else:
                self.say("250 ok")

    def letter(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.office.letters.append(b"".join(lines).decode())
        self.say("250 taken")

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")


class Desk(BaseHTTPRequestHandler):
    """Takes posts."""

    def do_POST(self):
        office = self.server.office
        body = self.rfile.read(int(self.headers["content-length"]))
        office.posts.append((self.path, dict(self.headers.items()), body))
        self.send_response(office.status)
        self.end_headers()

    def log_message(self, *_):
        pass


class Office:
    """Both servers, what they were handed, and how they misbehave."""

    def __init__(self):
        self.letters, self.posts, self.calls = [], [], 0
        self.hangs, self.refuses, self.status = False, False, 204
        self.let_go = threading.Event()
        self.mail = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailman)
        self.mail.daemon_threads = True
        self.web = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        for server in (self.mail, self.web):
            server.office = self
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.web.server_address[1]}{path}"

    def contacts(self, *posts):
        mail = Mail(host="127.0.0.1", port=self.mail.server_address[1], sender="a@x", tls="none")
        return Contacts(
            kind="Contacts",
            console="https://console.example",
            mail=mail,
            posts=tuple(self.post(name) for name in posts or ("safety-officer", "cmio")),
        )

    def post(self, name):
        return Post(
            post=name,
            smtp=f"{name}@hospital.example",
            webhook=Hook(url=self.url(f"/hook/{name}"), secret=SECRET),
            pager=Pager(url=self.url("/events"), key=KEY),
        )

    def events(self):
        """Give what pagers were told."""
        return [json.loads(body) for path, _, body in self.posts if path == "/events"]

    def close(self):
        self.let_go.set()
        for server in (self.mail, self.web):
            server.shutdown()
            server.server_close()


@pytest.fixture
def office():
    made = Office()
    yield made
    made.close()


@pytest.fixture
def outgoing():
    return Outgoing(
        notice="n" * 24, sign="trigger", subject="Suspended: falls at Elm", text="Two\nlines",
        urgency="critical", at="2026-10-13T08:00:00.000Z", now=1_791_878_400,
    )  # fmt: skip


class Ward:
    """A ledger with a playbook, and things that happen."""

    def __init__(self, store, tells, **more):
        self.store = store
        self.clock = ReplayClock(datetime.fromisoformat("2026-10-13T12:00:00+00:00"))
        self.books = Books(*open_ledger(store), self.clock)
        path = store / "playbook.yaml"
        path.write_text(json.dumps({"kind": "Playbook", "name": "p", "tells": tells} | more))
        assert declare_playbook(self.books, path, "safety-officer")
        assert not declare_playbook(self.books, path, "safety-officer")

    def pass_time(self, **span):
        self.clock.advance(timedelta(**span))

    def write(self, kind, body, **over):
        self.clock.advance(timedelta(milliseconds=1))
        fact = Fact(
            kind=kind, key=f"{body['type']}/{self.books.reader.size()}", at=stamp(self.clock.now()),
            by=By("platform"), use_case="falls", body=body, **over,
        )  # fmt: skip
        self.books.write([fact])

    def incident(self, name="falls-1", severity=1, **over):
        body = {
            "type": "incident/1", "incident": name, "kind": "wrong_output", "severity": severity,
            "use_case": "falls", "sites": ["Elm"],
        }  # fmt: skip
        self.write("said", body | over)

    def facts(self, kind):
        return [e.fact.body for e in self.books.reader.entries() if e.fact.type == kind]


@pytest.fixture
def ward(tmp_path):
    made = []

    def make(*tells, **more):
        store = tmp_path / f"store{len(made)}"
        store.mkdir()
        made.append(Ward(store, list(tells), **more))
        return made[-1]

    yield make
    for each in made:
        each.books.close()


@pytest.fixture
def town_of(root):
    spec = importlib.util.spec_from_file_location("town", root / "tests/rollout/conftest.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(autouse=True)
def no_contacts_of_mine(monkeypatch):
    monkeypatch.delenv("ATTENDING_NOTICES", raising=False)
    assert "ATTENDING_NOTICES" not in os.environ
