"""The real command in processes of its own, and callers that never stop asking."""

from __future__ import annotations

import contextlib
import http.client
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

import pytest

from attending.facts.snapshot import Exposure
from attending.serve.readback import put_snapshot

SECONDS_TO_START = 20.0
COLD = "from attending.cli import main; main()"

# Importing takes a second, and opening the store a few milliseconds; whoever starts the
# command hundreds of times forks it from a process that has imported it and opened nothing.
NURSERY = """
import json, os, signal, sys
import attending.cli.serve
from attending.cli import main
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        sys.argv = ["attending", *json.loads(line)]
        main()
        os._exit(0)
    print(child, flush=True)
"""


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


class Process:
    """One running gateway."""

    def __init__(self, port, popen=None, pid=None):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.pid = pid or popen.pid
        self._popen = popen
        self._wait()

    def _wait(self):
        end = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < end:
            assert self._alive(), "the gateway did not start"
            with contextlib.suppress(OSError, http.client.HTTPException):
                if get(self.port, "/readyz")[0] == 200:
                    return
            time.sleep(0.005)
        self.kill()
        pytest.fail("the gateway was not ready in time")

    def _alive(self):
        if self._popen is not None:
            return self._popen.poll() is None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self, how=signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, how)
        end = time.monotonic() + 10
        while self._alive() and time.monotonic() < end:
            time.sleep(0.001)
        assert not self._alive()

    def end(self):
        self.kill(signal.SIGTERM)


class Gateways:
    """Starts the command, cold or from the nursery, on one store."""

    def __init__(self, folder, store):
        self.store = store
        self._folder = folder
        self._log = (store.parent / "gateway.log").open("ab")
        self._nursery = None
        self._running = []

    def start(self, *more, port=None, warm=False):
        port = port or free_port()
        given = ["serve", str(self._folder), "--store", str(self.store), "--port", str(port)]
        given += ["--no-auth", *more]
        made = Process(port, **(self._warm(given) if warm else {"popen": self._cold(given)}))
        self._running.append(made)
        return made

    def run(self, *given):
        """Run the command to its end."""
        begin = ["serve", str(self._folder), "--store", str(self.store)]
        command = [sys.executable, "-c", COLD, *begin, *given]
        return subprocess.run(command, capture_output=True, check=False, timeout=30)

    def _cold(self, given):
        command = [sys.executable, "-c", COLD, *given]
        return subprocess.Popen(command, stderr=self._log, stdout=subprocess.DEVNULL)

    def _warm(self, given):
        if self._nursery is None:
            pipe = subprocess.PIPE
            command = [sys.executable, "-c", NURSERY]
            self._nursery = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=self._log)
        self._nursery.stdin.write(json.dumps(given).encode() + b"\n")
        self._nursery.stdin.flush()
        return {"pid": int(self._nursery.stdout.readline())}

    def close(self):
        for process in self._running:
            if process._alive():
                process.kill()
        if self._nursery is not None:
            self._nursery.stdin.close()
            self._nursery.wait(10)
        self._log.close()


class Call:
    """One call as its caller knows it."""

    def __init__(self, instance):
        self.instance = instance
        self.sent_at = time.monotonic()
        self.answered_at = None
        self.advice = None

    def answered(self, cards):
        self.answered_at = time.monotonic()
        self.advice = [card["uuid"] for card in cards if "Creatinine" in card["summary"]]


class Callers:
    """Clients that ask and ask, and remember every call and what came of it."""

    def __init__(self, ports, question, *, n=8, pause=0.0):
        self.acknowledged = []
        self.cut_off = []
        self._asking = [None] * n
        self._question = question
        self._pause = pause
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(i, ports[i % len(ports)]), daemon=True)
            for i in range(n)
        ]
        for thread in self._threads:
            thread.start()

    def in_flight(self):
        return sum(call is not None for call in self._asking)

    def _ask(self, i, port):
        dice = random.Random(i)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        while not self._stop.is_set():
            message = self._question(user=f"Practitioner/u{i}")
            body = json.dumps(message).encode()
            try:
                if connection.sock is None:
                    connection.connect()
                self._once(i, connection, message["hookInstance"], body)
            except (OSError, http.client.HTTPException):
                connection.close()
                time.sleep(0.005)
            self._asking[i] = None
            time.sleep(dice.uniform(0, 2 * self._pause))
        connection.close()

    def _once(self, i, connection, instance, body):
        call = self._asking[i] = Call(instance)
        try:
            connection.request(
                "POST",
                "/cds-services/kidney_watch",
                body,
                {"Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            cards = json.loads(answer.read())["cards"]
            assert answer.status == 200
        except (OSError, http.client.HTTPException, ValueError):
            self.cut_off.append(call)
            raise http.client.HTTPException from None
        call.answered(cards)
        self.acknowledged.append(call)

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(10)


class Running:
    """What these tests make things with."""

    gateways = Gateways
    callers = Callers
    get = staticmethod(get)
    free_port = staticmethod(free_port)

    def __init__(self, making):
        self._making = making

    def expose(self, store, mode, seq):
        entry = Exposure("kidney_watch", "alder", "*", "1", mode, deadline_ms=2000)
        given = self._making.snapshot([entry], datetime.now(UTC), 3600, seq)
        put_snapshot(store / "snapshot.json", given)


@pytest.fixture
def running(making):
    """Give the makers."""
    return Running(making)


@pytest.fixture
def gateways(tmp_path, making, running):
    """Give a store with one live use case, on which gateways may be started."""
    folder, store = tmp_path / "kidney_watch", tmp_path / "store"
    folder.mkdir()
    store.mkdir()
    making.write_folder(folder)
    running.expose(store, "live", 1)
    made = Gateways(folder, store)
    yield made
    made.close()
