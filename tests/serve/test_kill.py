"""Kill -9 at any moment: whatever a caller was shown is in the ledger, and it verifies.

`ATTENDING_KILLS` sets how often; eight callers ask all the time.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import httpx
import pytest

from attending.facts.snapshot import Exposure
from attending.ledger.open_ledger import open_ledger
from attending.ledger.verify import verify
from attending.serve.readback import put_snapshot

KILLS = int(os.environ.get("ATTENDING_KILLS", "10"))
CALLERS = 8
SECONDS_TO_START = 20.0


class Process:
    """The real command, on a port of its own."""

    def __init__(self, folder, store):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        given = ["serve", str(folder), "--store", str(store), "--port", str(self.port)]
        self._log = (store.parent / "gateway.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from attending.cli import main; main()", *given, "--no-auth"],
            stderr=self._log,
            stdout=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self):
        end = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < end:
            assert self._process.poll() is None, "the gateway did not start"
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            time.sleep(0.05)
        self.kill()
        pytest.fail("the gateway was not ready in time")

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)
        self._log.close()

    def end(self):
        self._process.terminate()
        self._process.wait(10)
        self._log.close()


class Callers:
    """Eight callers that remember every card they were shown."""

    def __init__(self, url, question):
        self.cards = []
        self.n_calls = 0
        self._url = url
        self._question = question
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def _ask(self):
        with httpx.Client(base_url=self._url, timeout=5, verify=False) as client:
            while not self._stop.is_set():
                try:
                    answer = client.post("/cds-services/kidney_watch", json=self._question())
                    self.cards += [card["uuid"] for card in answer.json()["cards"]]
                    self.n_calls += 1
                except (httpx.HTTPError, ValueError):
                    time.sleep(0.01)

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(10)


def expose(store, making, mode, seq):
    entry = Exposure("kidney_watch", "alder", "*", "1", mode, deadline_ms=2000)
    path = store / "snapshot.json"
    put_snapshot(path, making.snapshot([entry], datetime.now(UTC), 3600, seq))


@pytest.fixture
def places(tmp_path, making):
    folder, store = tmp_path / "kidney_watch", tmp_path / "store"
    folder.mkdir()
    store.mkdir()
    making.write_folder(folder)
    expose(store, making, "live", 1)
    return folder, store


@pytest.mark.timeout(60 + 6 * KILLS)
def test_nothing_shown_is_lost_when_the_process_is_killed(places, making):
    folder, store = places
    dice = random.Random(7)
    shown = []
    for _ in range(KILLS):
        process = Process(folder, store)
        callers = Callers(process.url, making.question)
        time.sleep(dice.uniform(0.2, 0.8))
        process.kill()
        callers.stop()
        shown += callers.cards

    reader, pen = open_ledger(store)
    recorded = {
        entry.fact.body["prediction"]
        for entry in reader.entries()
        if entry.fact.kind == "served" and entry.fact.body["display"] == "shown"
    }
    reader.close()
    pen.close()
    assert len(shown) > KILLS, "the callers were answered"
    assert set(shown) <= recorded, "a card was shown that nobody recorded"
    assert not verify(store).because


def test_a_suspension_reaches_a_running_gateway_within_a_second(places, making):
    folder, store = places
    process = Process(folder, store)
    try:
        callers = Callers(process.url, making.question)
        time.sleep(0.5)
        before = len(callers.cards)
        expose(store, making, "suspended", 2)
        started = time.monotonic()
        while "attending_snapshot_seq 2" not in httpx.get(f"{process.url}/metrics").text:
            assert time.monotonic() - started < 1.0
            time.sleep(0.02)
        time.sleep(0.1)
        after = len(callers.cards)
        time.sleep(0.4)
        callers.stop()
        notices = 1  # one person asks, and is told once
        assert before > 0
        assert len(callers.cards) - after <= notices
    finally:
        process.end()

    reader, pen = open_ledger(store)
    facts = [entry.fact for entry in reader.entries()]
    read_back = [f for f in facts if f.type == "read_back/1" and f.body["seq"] == 2]
    later = facts[facts.index(read_back[0]) :]
    reader.close()
    pen.close()
    assert not [f for f in later if f.body.get("display") == "shown"]


def test_a_header_that_does_not_end_is_cut_off(places):
    folder, store = places
    process = Process(folder, store)
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


def test_a_door_without_authentication_stands_on_loopback_only(places):
    folder, store = places
    given = ["serve", str(folder), "--store", str(store)]
    for more, words in (
        (["--no-auth", "--host", "0.0.0.0"], "authenticated off loopback"),
        ([], "say who may call"),
    ):
        ended = subprocess.run(
            [sys.executable, "-c", "from attending.cli import main; main()", *given, *more],
            capture_output=True,
            check=False,
            timeout=30,
        )
        assert ended.returncode == 1
        assert words in ended.stderr.decode()
        assert ended.stdout == b""


def test_the_log_holds_no_word_of_a_call(places, making):
    folder, store = places
    process = Process(folder, store)
    try:
        message = making.question(user="Practitioner/canary-user", patient="canary-patient")
        message["prefetch"]["labs"] = "canary-text"
        httpx.post(f"{process.url}/cds-services/kidney_watch?q=canary-query", json=message)
        httpx.post(f"{process.url}/cds-services/kidney_watch", content=b'{"canary-body": NaN}')
    finally:
        process.end()
    log = (store.parent / "gateway.log").read_text()
    ledger = b"".join(p.read_bytes() for p in store.glob("ledger.db*"))
    assert "canary" not in log
    assert b"canary" not in ledger
    assert all(json.loads(line) for line in log.splitlines() if line.startswith("{"))
