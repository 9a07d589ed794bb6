"""A hospital's server on this machine, of the older or the newer version, with its faults."""

from __future__ import annotations

import gzip
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from attending import shapes
from attending.clock import WallClock
from attending.ingest.bulk.export import Export
from attending.ingest.bulk.token import Tokens, key_of
from attending.spec.data.bulk_server import BulkServer

PATIENTS = [{"resourceType": "Patient", "id": str(n)} for n in range(40)]
KEY = ECKey.generate_key("P-384")
CUT = "2026-11-01T04:00:00Z"


def lines(resources):
    return "".join(json.dumps(each) + "\n" for each in resources).encode()


@dataclass
class Hospital:
    """What the server holds, how it behaves, and what it was asked."""

    newer: bool = False
    waits: list = field(default_factory=lambda: [("202", "2"), ("429", ""), ("202", "date")])
    promised: int = len(PATIENTS)
    wants_token: bool = True
    lives: int = 300
    cut_short: int = 0  # how many times the next file breaks off in the middle
    gone: bool = False
    refuses: int = 0
    elsewhere: str = ""  # the host that the manifest leads to
    odd: dict = field(default_factory=dict)  # what its manifest says instead
    ends_early: int = 0  # how many times the next file is refused for its token
    packing: str = ""  # what it says a file is packed by
    leads_on: str = ""  # where it redirects whoever asks for a file
    away_for_tidying: bool = False
    begins_late: list = field(default_factory=list)  # how often an export is not begun, and when
    busy_files: list = field(default_factory=list)  # when a file may be asked for again
    tokens_away: int = 0  # how many times no token is given, after the first: 503, then no answer
    late_pages: list = field(default_factory=list)  # of the second page of a manifest
    base: str = ""
    asked: Counter = field(default_factory=Counter)
    seen: list = field(default_factory=list)
    named: set = field(default_factory=set)  # jti of assertions
    files: dict = field(default_factory=dict)

    def __post_init__(self):
        gone = {"resourceType": "Bundle", "type": "transaction",
                "entry": [{"request": {"method": "DELETE", "url": "Patient/7"}}]}  # fmt: skip
        issue = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning"}]}
        self.files = {"p1": lines(PATIENTS[:25]), "p2": lines(PATIENTS[25:]),
                      "d1": lines([gone]), "o1": lines([issue])}  # fmt: skip

    def item(self, name, kind, count=None):
        at = f"{self.elsewhere or self.base}/files/{name}"
        return {"type": kind, "url": at} | ({} if count is None else {"count": count})

    def pages(self):
        first = {"transactionTime": CUT, "requiresAccessToken": self.wants_token} | self.odd
        first = {name: value for name, value in first.items() if value is not None}
        issues = [self.item("o1", "OperationOutcome", 1)]
        patients = [self.item("p1", "Patient", 25), self.item("p2", "Patient", self.promised - 25)]
        deleted = [self.item("d1", "Bundle", 1)]
        if not self.newer:
            return [first | {"request": f"{self.base}/$export", "output": patients,
                             "deleted": deleted, "error": issues}]  # fmt: skip
        following = [{"relation": "next", "url": f"{self.base}/manifest/1"}]
        return [first | {"output": patients[:1], "outcome": issues, "link": following,
                         "extension": [{"url": "x"}]},
                first | {"output": patients[1:], "deleted": deleted}]  # fmt: skip


class Talk(BaseHTTPRequestHandler):
    """One question to the hospital."""

    protocol_version = "HTTP/1.1"

    @property
    def hospital(self):
        return self.server.hospital

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def told(self, status, value, **headers):
        self.answer(status, json.dumps(value).encode(), content_type="application/json", **headers)

    def do_GET(self):
        h, path = self.hospital, urlsplit(self.path).path
        h.asked[f"GET {path}"] += 1
        h.seen.append((path, self.headers.get("authorization", "")))
        if path.endswith("smart-configuration"):
            return self.told(200, {"token_endpoint": f"{h.base}/token"})
        if path.startswith("/fhir/files/"):
            busy, name = h.busy_files, path.rpartition("/")[2]
            return self.later(*busy.pop(0)) if busy else self.file(name)
        if h.wants_token and not self.headers.get("authorization", "").startswith("Bearer t"):
            return self.told(401, {})
        if path.endswith("$export"):
            return self.export(parse_qs(urlsplit(self.path).query))
        return self.poll(path)

    def do_POST(self):
        h, path = self.hospital, urlsplit(self.path).path
        h.asked[f"POST {path}"] += 1
        body = self.rfile.read(int(self.headers["content-length"]))
        if path.endswith("/token"):
            return self.token(parse_qs(body.decode()))
        parameters = {p["name"]: [*p.values()][1] for p in json.loads(body)["parameter"]}
        h.parameters = parameters
        return self.begin()

    def do_DELETE(self):
        self.hospital.asked["DELETE"] += 1
        if self.hospital.away_for_tidying:
            self.close_connection = True
            return
        self.answer(202)

    def token(self, form):
        h = self.hospital
        if h.named and h.tokens_away:
            h.tokens_away -= 1
            if h.tokens_away % 2:
                return self.told(503, {})
            self.close_connection = True
            return None
        claims = jwt.decode(form["client_assertion"][0], KEY, algorithms=["ES384"]).claims
        fresh = claims["jti"] not in h.named and claims["aud"] == f"{h.base}/token"
        h.named.add(claims["jti"])
        now = datetime.now(UTC).timestamp()
        if not (
            fresh and claims["iss"] == claims["sub"] == "us" and now < claims["exp"] <= now + 301
        ):
            return self.told(401, {})
        return self.told(200, {"access_token": f"t{len(h.named)}", "token_type": "bearer",
                               "expires_in": h.lives, "scope": form["scope"][0]})  # fmt: skip

    def export(self, query):
        h = self.hospital
        if h.newer:
            return self.told(405, {})
        h.parameters = {name: value[0] for name, value in query.items()}
        if h.refuses:
            issue = {"severity": "error", "code": "forbidden", "diagnostics": "Quill, room 4"}
            return self.told(h.refuses, {"resourceType": "OperationOutcome", "issue": [issue]})
        return self.begin()

    def later(self, status, after):
        """Say when to ask again, with the code that stands after the status."""
        number, _, code = status.partition(" ")
        told = {"issue": [{"severity": "error", "code": code}]} if code else {}
        at = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
        after = {"retry_after": at if after == "date" else after} if after else {}
        return self.told(int(number), told, x_progress="some", **after)

    def begin(self):
        if self.hospital.begins_late:
            return self.later(*self.hospital.begins_late.pop(0))
        return self.answer(202, content_location=f"{self.hospital.base}/poll")

    def poll(self, path):
        h = self.hospital
        if h.gone:
            return self.told(404, {})
        if path.endswith("/manifest/1"):
            return (
                self.later(*h.late_pages.pop(0)) if h.late_pages else self.told(200, h.pages()[1])
            )
        if h.waits:
            return self.later(*h.waits.pop(0))
        return self.told(200, h.pages()[0], expires="later")

    def file(self, name):
        h = self.hospital
        if h.ends_early:
            h.ends_early -= 1
            return self.told(401, {})
        if h.leads_on:
            return self.answer(302, location=h.leads_on)
        if h.packing:
            return self.answer(200, h.files[name], content_encoding=h.packing)
        half = len(h.files[name]) // 2  # packed in two members, as servers that append do
        packed = gzip.compress(h.files[name][:half]) + gzip.compress(h.files[name][half:])
        if h.cut_short:
            h.cut_short -= 1
            self.send_response(200)
            self.send_header("content-encoding", "gzip")
            self.send_header("content-length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed[: len(packed) // 2])
            self.close_connection = True
            return None
        if name == "p1":
            return self.answer(200, packed, content_encoding="gzip")
        return self.answer(200, h.files[name])


@pytest.fixture
def hospital():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Talk)
    server.hospital = Hospital()
    server.hospital.base = f"http://127.0.0.1:{server.server_address[1]}/fhir"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.hospital
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def exporting(hospital, tmp_path):
    (tmp_path / "key.json").write_text(json.dumps(KEY.as_dict(private=True)))
    (tmp_path / "key.json").chmod(0o600)
    waited = []

    def make(folder="out", **over):
        told = {"kind": "BulkServer", "name": "east", "site": "east", "base_url": hospital.base,
                "client_id": "us", "key_file": "key.json"} | over  # fmt: skip
        server = shapes.convert(told, BulkServer)
        tokens = Tokens(server, key_of(server, tmp_path), WallClock())
        return Export(server, tokens, tmp_path / folder, waited.append, lambda _: None)

    make.waited = waited
    return make
