"""`attending up`: one process for all doors, one leader for a store, and nothing lost by a kill."""

from __future__ import annotations

import errno
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode

import pytest

from attending.cli.actions.rollouts import Actions
from attending.cli.up import Turns, leadership
from attending.errors import Refused
from attending.ledger.open_reader import open_reader
from attending.ledger.origin import is_replay
from attending.ledger.verify import verify

STARTS_WITHIN = 60  # seconds; it takes about four on a machine that has nothing else to do

pytestmark = pytest.mark.timeout(240)


class Up:
    """One process of `attending up`, and a browser's worth of client for it."""

    def __init__(self, *arguments):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-c", "from attending.cli import main; main()", "up"]
        self.process = subprocess.Popen(
            [*command, *map(str, arguments), "--port", str(self.port), "--no-browser"],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.url = f"http://127.0.0.1:{self.port}"
        self.said = ""
        self.client = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def link(self):
        while "token=" not in self.said:
            line = self.process.stderr.readline()
            assert line, f"it ended: {self.said}"
            self.said += line
        return re.search(r"token=(\S+)", self.said)[1]

    def ready(self):
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until:
            try:
                return self.get("/readyz")
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        pytest.fail(f"it did not start: {self.said}")

    def get(self, path):
        return self.client.open(self.url + path, timeout=30).read().decode()

    def post(self, path, **form):
        asked = urllib.request.Request(
            self.url + path, urlencode(form).encode(), {"Origin": self.url}
        )
        return self.client.open(asked, timeout=30).read().decode()

    def sign_in(self):
        token = self.link()
        self.ready()
        return self.post("/sign-in", token=token, person="chair-post")

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.communicate(timeout=30)


@pytest.fixture
def start():
    running = []

    def begin(*arguments):
        running.append(Up(*arguments))
        return running[-1]

    yield begin
    for each in running:
        if each.process.poll() is None:
            each.end(signal.SIGKILL)


def hold(up, reason):
    page = up.get("/rollouts/watch_alert")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    return up.post("/orders/watch_alert/hold", csrf=csrf, scope="west", reason=reason)


def test_a_hold_outlives_a_kill_and_the_next_start_goes_on(start, folder, tmp_path):
    store = tmp_path / "store"
    first = start(folder, "--store", store)
    assert "What needs me now?" in first.sign_in()
    assert first.get("/healthz") == "ok\n"
    assert "services" in first.get("/cds-services")
    assert "attending_loops_failing 0" in first.get("/metrics")
    Actions(store).order("watch_alert", "hold", "all", reason="somebody asked", person="chair-post")
    first.end(signal.SIGKILL)

    second = start(folder, "--store", store)
    assert "is held" in second.sign_in() or "are held" in second.get("/")
    assert "somebody asked" in second.get("/rollouts/watch_alert")
    second.end()
    assert not verify(store).because


def test_a_second_process_only_reads_and_says_so(start, folder, tmp_path):
    store = tmp_path / "store"
    first = start(folder, "--store", store)
    first.link()
    first.ready()
    second = start(folder, "--store", store)
    page = second.sign_in()

    assert "This copy only reads" in page
    assert "<h2>Hold</h2>" not in second.get("/rollouts/watch_alert")
    assert "<h2>Hold</h2>" in (first.sign_in() and first.get("/rollouts/watch_alert"))


def test_a_replay_is_shown_and_nothing_runs_on_it(start, own_store):
    reader = open_reader(own_store)
    before = reader.size()
    up = start("--store", own_store)

    assert "This store holds a replay" in up.sign_in()
    assert "Claimed" in up.get("/use-cases/watch_alert")
    time.sleep(2)
    assert reader.size() == before
    assert "we saw odd orders" in hold(up, "we saw odd orders")
    assert reader.size() > before


def test_leadership_ends_with_whoever_had_it(tmp_path):
    with leadership(tmp_path) as first:
        assert first
        with leadership(tmp_path) as second:
            assert not second
    with leadership(tmp_path) as third:
        assert third


def test_a_replay_is_known_by_its_ledger_s_name(store, tmp_path):
    assert is_replay(store)
    assert not is_replay(tmp_path)


def test_a_turn_that_fails_is_said_and_tried_again(monkeypatch, folder, tmp_path):
    from attending.admit import admit
    from attending.cli import up

    fails = [Refused("the disk is full"), KeyError("x"), None]

    def turn(*_args):
        if (error := fails.pop(0)) is not None:
            raise error

    monkeypatch.setattr(up, "take_turn", turn)
    turns = Turns()
    with up.opened(tmp_path / "store", admit(folder)) as parts:
        turns.parts = [parts]
        turns.once()
        assert "the disk is full" in turns.notice()
        since = turns.failed["watch_alert"][0]
        turns.once()
        assert turns.failed["watch_alert"] == (since, "KeyError")
        turns.once()
        assert turns.notice() == ""


def test_a_renewal_that_fails_is_said_until_it_no_longer_does_and_the_log_says_why(
    monkeypatch, folder, tmp_path
):
    from structlog.testing import capture_logs

    from attending.admit import admit
    from attending.cli import up

    n_failing = 4

    def renew(*_args):
        nonlocal n_failing
        if n_failing:
            n_failing -= 1
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(up, "renew", renew)
    monkeypatch.setattr(up, "take_turn", lambda *_: None)
    turns = Turns()
    with up.opened(tmp_path / "store", admit(folder)) as parts, capture_logs() as logged:
        turns.parts = [parts]
        for _ in range(4):
            turns.once()
            assert "is full; make room" in turns.notice()
        turns.once()
        assert turns.notice() == ""

    [line] = [each for each in logged if each["event"] == "turn_failed"]
    assert "is full" in line["because"]
    assert line["at"].startswith("test_up.py:")
