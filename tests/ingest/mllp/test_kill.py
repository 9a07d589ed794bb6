"""Kill -9 of a receiving server, again and again: nothing acknowledged is lost or doubled.

Each kill falls at a random point with at least a hundred messages in flight. What was not
acknowledged is sent again to the next server, as senders do.
"""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

from attending.ingest.mllp.framing import Framer, framed
from attending.lake.inbox import open_inbox
from attending.lake.seal_store import seal_store
from attending.ledger.key_file import key_in

LANES = 3
WINDOW = 120  # messages in flight on each connection
FEWEST_IN_FLIGHT = 100

SERVER = """
import asyncio, sys
from pathlib import Path
from attending.clock import WallClock
from attending.ingest.mllp.reception import Door
from attending.ingest.mllp.server import MllpServer
from attending.lake.inbox import open_inbox
from attending.lake.inbox_commit import InboxCommit

async def serve():
    commit = InboxCommit(open_inbox(Path(sys.argv[1])))
    server = MllpServer(commit, Door("lab", "elm"), WallClock())
    print(await server.start("127.0.0.1", 0), flush=True)
    await asyncio.Event().wait()

asyncio.run(serve())
"""


def message(control, chance):
    pad = "x" * chance.choice([0, 50, 3000])
    return (
        f"MSH|^~\\&|LAB|ELM|HUB|TERN|20261013||ORU^R01|{control}|P|2.5.1\rOBX|1|ST|||{pad}\r"
    ).encode()


class Lane:
    """One sender: keeps its window full, and remembers what it was told."""

    def __init__(self, number):
        self.number = number
        self.chance = random.Random(number)
        self.sent = {}  # control id: bytes, of everything ever sent
        self.acknowledged = Counter()
        self.in_flight = {}
        self._next = 0

    def live(self, port):
        """Send and listen until the server is gone."""
        framer = Framer()
        line = socket.create_connection(("127.0.0.1", port), timeout=20)
        with line:
            try:
                line.sendall(b"".join(framed(raw) for raw in self.in_flight.values()))
                while True:
                    fresh = [self._fresh() for _ in range(WINDOW - len(self.in_flight))]
                    if fresh:
                        line.sendall(b"".join(framed(raw) for raw in fresh))
                    self._hear(line, framer)
            except OSError:
                self._drain(line, framer)

    def _fresh(self):
        control = f"{self.number}-{self._next}"
        self._next += 1
        raw = message(control, self.chance)
        self.sent[control] = self.in_flight[control] = raw
        return raw

    def _hear(self, line, framer):
        data = line.recv(65536)
        if not data:
            raise ConnectionResetError
        for frame in framer.feed(data):
            _, code, control, *_ = frame.raw.split(b"\r")[1].decode().split("|")
            assert code == "AA"
            self.acknowledged[control] += 1
            self.in_flight.pop(control, None)

    def _drain(self, line, framer):
        """Hear what had reached this side before the end: it was said."""
        try:
            while True:
                self._hear(line, framer)
        except OSError:
            pass


def start(store):
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(store)], stdout=subprocess.PIPE, text=True
    )
    return server, int(server.stdout.readline())


def kill_often(store, kills, at_least):
    """Kill until so many kills met messages in flight and so many were acknowledged."""
    chance = random.Random(4)
    lanes = [Lane(number) for number in range(LANES)]
    done = 0
    while done < kills or sum(len(lane.acknowledged) for lane in lanes) < at_least:
        server, port = start(store)
        threads = [threading.Thread(target=lane.live, args=(port,)) for lane in lanes]
        before = sum(len(lane.acknowledged) for lane in lanes)
        wanted = before + chance.randrange(1, 300)
        for thread in threads:
            thread.start()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            in_flight = sum(len(lane.in_flight) for lane in lanes)
            acknowledged = sum(len(lane.acknowledged) for lane in lanes)
            if in_flight >= FEWEST_IN_FLIGHT and acknowledged >= wanted:
                break
            time.sleep(chance.uniform(0, 0.002))
        server.send_signal(signal.SIGKILL)
        server.wait()
        server.stdout.close()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()
        assert in_flight >= FEWEST_IN_FLIGHT
        done += 1
    return done, lanes


def check(store, kills, at_least):
    done, lanes = kill_often(store, kills, at_least)

    inbox = open_inbox(store)
    kept = list(inbox.messages("lab"))
    inbox.close()
    by_id = {one.control: one.raw for one in kept}
    sent = {control: raw for lane in lanes for control, raw in lane.sent.items()}
    acknowledged = {control for lane in lanes for control in lane.acknowledged}
    lost = {control for control in acknowledged if by_id.get(control) != sent[control]}
    print(f"{done} kills, {len(acknowledged):,} acknowledged, {len(lost)} lost")
    assert not lost
    assert len(by_id) == len(kept), "a message stands twice"
    assert all(sent[control] == raw for control, raw in by_id.items())
    assert all(one.state == "accepted" for one in kept)
    assert done >= kills
    assert len(acknowledged) >= at_least


@pytest.mark.parametrize("is_sealed", [False, True])
def test_nothing_acknowledged_is_lost_or_doubled_by_kill_9(tmp_path, is_sealed):
    store = tmp_path / "store"
    store.mkdir()
    if is_sealed:
        key_in(tmp_path / "lake.key")
        seal_store(store, tmp_path / "lake.key")
    check(store, kills=5, at_least=500)
    held = b"".join(path.read_bytes() for path in (store / "wire").iterdir())
    assert (b"ORU^R01|" in held) == (not is_sealed)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_nothing_is_lost_in_fifty_kills_and_ten_thousand_messages(tmp_path):
    check(tmp_path, kills=50, at_least=10_000)
