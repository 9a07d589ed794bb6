"""What the door of a running gateway lets in, and what its log says of it."""

from __future__ import annotations

import contextlib
import json
import socket

import httpx


def test_a_header_that_does_not_end_is_cut_off(gateways):
    process = gateways.start()
    sent = 0
    try:
        with socket.create_connection(("127.0.0.1", process.port), timeout=5) as raw:
            raw.sendall(b"GET /cds-services HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ")
            with contextlib.suppress(OSError):
                for _ in range(800):  # 50 MiB, were they taken
                    raw.sendall(b"A" * 65536)
                    sent += 65536
        assert sent < 20 * 2**20
        assert httpx.get(f"{process.url}/healthz").status_code == 200
    finally:
        process.end()


def test_a_door_without_authentication_stands_on_loopback_only(gateways):
    for more, words in (
        (["--no-auth", "--host", "0.0.0.0"], "authenticated off loopback"),
        ([], "say who may call"),
    ):
        ended = gateways.run(*more)
        assert ended.returncode == 1
        assert words in ended.stderr.decode()
        assert ended.stdout == b""


def test_the_log_holds_no_word_of_a_call(gateways, making):
    process = gateways.start()
    try:
        message = making.question(user="Practitioner/canary-user", patient="canary-patient")
        message["prefetch"]["labs"] = "canary-text"
        httpx.post(f"{process.url}/cds-services/kidney_watch?q=canary-query", json=message)
        httpx.post(f"{process.url}/cds-services/kidney_watch", content=b'{"canary-body": NaN}')
    finally:
        process.end()
    log = (gateways.store.parent / "gateway.log").read_text()
    ledger = b"".join(p.read_bytes() for p in gateways.store.rglob("*") if p.is_file())
    assert "canary" not in log
    assert b"canary" not in ledger
    assert all(json.loads(line) for line in log.splitlines() if line.startswith("{"))
