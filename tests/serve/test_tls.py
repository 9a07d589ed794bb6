"""Doors open by TLS where they are given a certificate, and whoever calls out verifies whom."""

from __future__ import annotations

import http.client
import runpy
import ssl
import threading
import time
from pathlib import Path

import pytest

from attending.act.channel import Undelivered
from attending.act.posting import post
from attending.console.signing_in.fetching import Fetching
from attending.errors import Refused
from attending.ingest.bulk.asking import Away, ask
from attending.serve.listen import check_address, server

EGRESS = runpy.run_path(str(Path(__file__).with_name("test_egress.py")))
LOOPBACK = "127.0.0.1"


@pytest.fixture
def authority(tmp_path):
    return EGRESS["authority"](tmp_path)


@pytest.fixture
def maker():
    return EGRESS["Maker"]()


CALLERS = {
    "notices": (lambda url: post(url, b"{}", {}), Undelivered),
    "bulk": (lambda url: ask("POST", url, {}, b"{}"), Away),
    "sign-in": (lambda url: Fetching(url).post(url, b"a=b", {}), Refused),
}


@pytest.mark.parametrize("caller", CALLERS)
def test_whoever_calls_out_says_nothing_to_a_server_nobody_vouches_for(
    caller, maker, authority, monkeypatch
):
    call, refused = CALLERS[caller]
    ca, cert, key = authority
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    with EGRESS["listening"](maker, tls) as port:
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        with pytest.raises(refused):
            call(f"https://{LOOPBACK}:{port}/ask")
        assert maker.came == []
        monkeypatch.setenv("SSL_CERT_FILE", str(ca))
        with pytest.raises(refused):
            call(f"https://localhost:{port}/ask")
        assert maker.came == []
        call(f"https://{LOOPBACK}:{port}/ask")
        assert len(maker.came) == 1


async def answers(scope, receive, send):
    if scope["type"] == "lifespan":
        for stage in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{stage}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["scheme"].encode()})


def test_the_gateways_own_server_speaks_tls_and_nothing_else(authority):
    ca, cert, key = authority
    made = server(answers, host=LOOPBACK, port=0, cert=str(cert), key=str(key))
    thread = threading.Thread(target=made.run)
    thread.start()
    try:
        end = time.monotonic() + 20
        while not made.started and time.monotonic() < end:
            time.sleep(0.01)
        port = made.servers[0].sockets[0].getsockname()[1]
        trusted = ssl.create_default_context(cafile=str(ca))
        link = http.client.HTTPSConnection(LOOPBACK, port, timeout=10, context=trusted)
        link.request("GET", "/")
        assert link.getresponse().read() == b"https"
        link.close()
        plain = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
        plain.request("GET", "/")
        with pytest.raises((http.client.HTTPException, OSError)):
            plain.getresponse()
        plain.close()
        stranger = http.client.HTTPSConnection(
            LOOPBACK, port, timeout=10, context=ssl.create_default_context()
        )
        with pytest.raises(ssl.SSLCertVerificationError):
            stranger.request("GET", "/")
    finally:
        made.should_exit = True
        thread.join(20)


def test_no_door_off_this_machine_stands_open_without_a_certificate():
    check_address(LOOPBACK, is_authenticated=False, is_encrypted=False)
    for seen, coded in ((True, False), (False, True)):
        with pytest.raises(Refused):
            check_address("0.0.0.0", is_authenticated=seen, is_encrypted=coded)
