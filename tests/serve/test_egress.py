"""What leaves for a vendor: cleared fields, to its own address, by TLS; or nothing at all."""

from __future__ import annotations

import copy
import json
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from attending import shapes
from attending.errors import Refused
from attending.fhir.cleared import Cleared, FieldContract, NotCleared, contract
from attending.serve.egress import MOST_READ, Egress, NoAnswer
from attending.spec.site import Site
from attending.spec.vendor import Vendor

CANARY = "canary-8d2e"
FIELDS = ("creatinine", "sex")
GIVEN = {"creatinine": 2.0, "sex": "female", "note": f"{CANARY} note"}


class Maker:
    """A vendor on this machine: keeps every byte it is sent, and answers as a test says."""

    def __init__(self):
        self.came: list[bytes] = []
        self.answer = (200, b'{"score": 0.7, "because": "<b>look</b>"}')
        self.drip = 0.0


@contextmanager
def listening(maker, tls=None):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            head = f"{self.requestline}\r\n{self.headers}".encode()
            maker.came.append(head + body)
            status, said = maker.answer
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            if status == 302:
                self.send_header("location", "/elsewhere")
            self.end_headers()
            for i in range(len(said)) if maker.drip else ():
                time.sleep(maker.drip)
                self.wfile.write(said[i : i + 1])
                self.wfile.flush()
            if not maker.drip:
                self.wfile.write(said)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def vendor(url, **over):
    told = {
        "kind": "Vendor",
        "name": "maker",
        "title": "Maker",
        "contact": "desk",
        "base_url": url,
        "fields_allowed": FIELDS,
        "data_in": ["US-VA"],
    }
    told = {name: value for name, value in (told | over).items() if value is not msgspec.UNSET}
    return shapes.convert(told, Vendor)


def site(**over):
    told = {"kind": "Site", "name": "alder", "title": "Alder"}
    return shapes.convert(told | over, Site)


def out(port, *, scheme="http", seconds=2.0, stays=None, **over):
    there = site(**({"data_stays_in": stays} if stays else {}))
    made = vendor(f"{scheme}://127.0.0.1:{port}/ask", **over)
    return Egress(made, {"alder": there}, seconds=seconds)


def cleared(values=GIVEN, *, at="alder", fields=FIELDS):
    return contract("kidney_watch", "r1", fields).clear(values, site=at)


@pytest.fixture
def maker():
    return Maker()


def test_a_vendor_is_sent_its_declared_fields_and_not_a_byte_more(maker):
    with listening(maker) as port:
        sent = out(port).send(cleared())

    (came,) = maker.came
    head, _, body = came.partition(b"\n\n")
    assert json.loads(body) == {"fields": {"creatinine": 2.0, "sex": "female"}}
    names = {line.split(b":")[0].lower() for line in head.splitlines()[1:] if line}
    assert names == {b"host", b"accept-encoding", b"content-length", b"content-type", b"accept"}
    assert head.startswith(b"POST /ask HTTP/1.1")
    assert CANARY.encode() not in came
    assert cleared().n_dropped == 1
    assert json.loads(sent.answer)["score"] == 0.7


class Posing(dict):
    """Holds what a field contract would let through, and was let through by none."""

    contract, site, n_dropped = contract("kidney_watch", "r1", FIELDS), "alder", 0


@pytest.mark.parametrize(
    ("stands_in", "given"),
    [
        ({}, {"creatinine": 2.0, "sex": "female"}),
        ({}, Posing(creatinine=2.0, sex="female")),
        ({"fields_allowed": ("sex",)}, None),
        ({"fields_allowed": ()}, None),
        ({"stays": ["EU-DE"]}, None),
        ({"stays": ["US"], "data_in": ["US-VA", "EU-FR"]}, None),
        ({"stays": ["US"], "data_in": msgspec.UNSET}, None),
    ],
    ids=["plain", "posing", "unlisted", "lists-nothing", "abroad", "partly-abroad", "nobody-knows"],
)
def test_what_may_not_go_leaves_no_byte(maker, stands_in, given):
    with listening(maker) as port, pytest.raises(NotCleared) as refused:
        out(port, **stands_in).send(cleared() if given is None else given)

    assert maker.came == []
    assert "2.0" not in str(refused.value)
    assert "female" not in str(refused.value)


def test_a_site_that_nobody_declared_sends_nothing(maker):
    with listening(maker) as port:
        for unknown in ("", "birch"):
            with pytest.raises(NotCleared, match="not declared"):
                out(port).send(cleared(at=unknown))
        out(port, stays=["US"]).send(cleared())
    assert len(maker.came) == 1


def test_nobody_but_a_field_contract_clears_anything():
    with pytest.raises(NotCleared):
        Cleared(object(), contract("a", "b", FIELDS), dict(GIVEN), site="", n_dropped=0)
    with pytest.raises(NotCleared):
        type("Mine", (Cleared,), {})
    one = cleared()
    with pytest.raises(TypeError):
        one["note"] = "x"
    assert dict(copy.copy(one)) == {"creatinine": 2.0, "sex": "female"}


@pytest.mark.parametrize("value", [None, ["a"], {"a": 1}, "x" * 513], ids=str)
def test_a_declared_name_is_no_way_out_for_text_or_trees(value):
    with pytest.raises(NotCleared) as refused:
        cleared({"creatinine": value, "sex": "female"})
    assert "xxx" not in str(refused.value)


def test_what_a_contract_is_for_is_in_its_digest():
    one = contract("a", "1", ("x", "y"))
    assert one.digest == contract("a", "1", ("y", "x")).digest
    others = [
        contract("b", "1", ("x", "y")),
        contract("a", "2", ("x", "y")),
        contract("a", "1", ("x",)),
        contract("a", "1", ("x", "y"), elements="0"),
        FieldContract(use_case="a", release="1", fields=("x", "y"), free_text=True),
    ]
    assert len({one.digest, *(each.digest for each in others)}) == 6


@pytest.mark.parametrize(
    "answer",
    [(500, b"{}"), (302, b""), (200, b" " * (MOST_READ + 1))],
    ids=["fails", "leads-elsewhere", "floods"],
)
def test_an_answer_that_is_none_is_said_so_and_never_repeated(maker, answer):
    maker.answer = answer
    with listening(maker) as port, pytest.raises(NoAnswer):
        out(port).send(cleared())
    assert len(maker.came) == 1


def test_an_answer_byte_by_byte_does_not_hold_the_line(maker):
    maker.drip = 0.2
    with listening(maker) as port:
        with pytest.raises(NoAnswer):
            out(port, seconds=0.5).send(cleared())
        maker.drip = 0.0


@pytest.mark.parametrize(
    "url",
    [
        "http://maker.example",
        "ftp://maker.example",
        "https://",
        "https://a@maker.example/",
        "https://maker.example/?patient=1",
        "https://maker.example:0",
        "https://maker.example:x",
    ],
)
def test_an_address_is_https_and_plain(url):
    with pytest.raises(Refused, match="address"):
        Egress(vendor(url), {})


def authority(folder):
    """Make an authority of our own and a server's certificate under it."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in ("Own CA", "maker")]
    now = datetime.now(UTC)

    def signed(i, *extensions):
        made = x509.CertificateBuilder(
            names[0],
            names[i],
            keys[i].public_key(),
            x509.random_serial_number(),
            now - timedelta(days=1),
            now + timedelta(days=1),
        )
        for each in extensions:
            made = made.add_extension(each, critical=isinstance(each, x509.BasicConstraints))
        return made.sign(keys[0], hashes.SHA256())

    ca = signed(
        0,
        x509.BasicConstraints(ca=True, path_length=0),
        x509.SubjectKeyIdentifier.from_public_key(keys[0].public_key()),
        x509.KeyUsage(False, False, False, False, False, True, True, False, False),
    )
    own = signed(
        1,
        x509.BasicConstraints(ca=False, path_length=None),
        x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key()),
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "own.pem").write_bytes(own.public_bytes(pem))
    (folder / "own.key").write_bytes(
        keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "ca.pem", folder / "own.pem", folder / "own.key"


def test_a_vendor_is_verified_before_a_byte_leaves(maker, tmp_path, monkeypatch):
    ca, cert, key = authority(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    with listening(maker, tls) as port:
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        with pytest.raises(NoAnswer, match="SSLCertVerificationError"):
            out(port, scheme="https").send(cleared())
        assert maker.came == []

        monkeypatch.setenv("SSL_CERT_FILE", str(ca))
        assert out(port, scheme="https").send(cleared()).answer
        elsewhere = vendor(f"https://localhost:{port}/ask")
        with pytest.raises(NoAnswer, match="SSLCertVerificationError"):
            Egress(elsewhere, {"alder": site()}).send(cleared())
    assert len(maker.came) == 1
