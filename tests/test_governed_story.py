"""One tool from the sheet it was listed on to the day it is live again after it was stopped.

Typed are the verbs people have; the gateway, the loops, the ledger and the notices are the real
ones, on a store with a clock of its own. Made up are the hospital's patients and the time, and
that, for some days, sepsis is coded in exactly those who have none.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
import zipfile
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openpyxl
import pytest

from attending import simulator
from attending.admit import admit
from attending.cli import main
from attending.cli.staging.playing import drop_file
from attending.cli.up import Turns, lay_out, opened
from attending.clock import StoryClock
from attending.ledger import layout
from attending.ledger.open_reader import open_reader
from attending.loops.carry_out import renew
from attending.loops.notify import Sender, contacts_of
from attending.serve.build import build_tool
from attending.serve.listen import server
from attending.serve.standalone import Doors, standalone
from attending.simulator.hospitals import KNOWN_AFTER, TERN_VALLEY, patients
from attending.simulator.world import _encounter, _request
from attending.wiring import live_clock, open_books, open_inbox

pytestmark = pytest.mark.timeout(240)

ALDER, TOOL, RELEASE = TERN_VALLEY[0], "sepsis_alert", "sepsis_alert-3.2"
BEGAN = datetime(2026, 9, 7, 8, tzinfo=UTC)
LISTENS, PATIENCE = 14, 20
AUC = {"metric": "performance.auroc", "of": "sepsis"}
KEEP = {"id": "still_tells", "owner": "sepsis-lead", "effect": "suspend",
        "keep": AUC | {"floor": 0.77, "stop_line": 0.6}}  # fmt: skip
SHOW = {"id": "tells_again", "owner": "sepsis-lead", "due": "60 d",
        "show": AUC | {"floor": 0.6, "goal": 0.86,
                       "expected": {"cases_a_day": 16, "event_share": 0.3}}}  # fmt: skip
ROLLOUT = {
    "kind": "Rollout", "use_case": TOOL, "release": RELEASE,
    "waves": [
        {"name": "listening", "sites": ["Alder"], "mode": "silent", "minimum_days": LISTENS,
         "sign_offs": [{"role": "committee_chair"}]},
        {"name": "first", "sites": ["Alder"], "minimum_days": 7,
         "sign_offs": [{"role": "committee_chair"}, {"role": "cmio"}]},
    ],
    "gates": [
        {"gate": "enough_outcomes", "metric": "outcomes.completeness", "of": "sepsis",
         "at_least": 50},
        {"gate": "evidence_fresh", "metric": "outcomes.completeness", "of": "sepsis",
         "fresh_days": 7},
    ],
    # Far from what the story comes to: it is the committee's condition that stops the tool.
    "safety_limits": [{"safety_limit": "beyond_floor", "floor": 0.02, "stop_line": 0.01} | AUC],
}  # fmt: skip
PLAYBOOK = {
    "kind": "Playbook", "name": "who_is_told",
    "tells": [
        {"of": of, "to": "sepsis-desk", "by": "webhook"}
        for of in ("suspension", "incident", "condition")
    ],
}  # fmt: skip
MEMBERS = ("committee-chair", "cmio", "sepsis-lead")


SHEET = [
    ["tool", "name", "vendor", "use_case", "made", "claimed_status", "owner", "sites",
     "protected_sex", "protected_age", "last_used_on"],
    [TOOL, "Early sepsis alert", "Fernhill", TOOL, "bought", "in review", "sepsis-quality-lead",
     "Alder", "none", "proxy", "03/04/2026"],
]  # fmt: skip
PROPOSED = {
    "proposal": "early_sepsis", "tool": TOOL, "title": "Early sepsis alert", "aliases": [],
    "vendor": "Fernhill", "use_case": TOOL, "sponsor": "chief-medical-officer",
    "champion": "sepsis-champion",
}  # fmt: skip


class Receiver(BaseHTTPRequestHandler):
    """Takes what a webhook is told."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.told.append(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Hospital:
    """One hospital, the people in it, and the platform they use."""

    def __init__(self, folder, store, type_):
        self.folder, self.store, self._type = folder, store, type_
        self.clock = StoryClock(layout.story_clock(store))
        self.day, self.asked, self.turned = 0, set(), False
        self.clock.set(BEGAN)

    # --- what people type --------------------------------------------------------------------

    def type(self, *words, code=0):
        got, out, err = self._type(*words, "--store", self.store)
        assert got == code, f"{words}: {got}\n{out[-600:]}\n{err}"
        return out

    def json(self, *words, code=0):
        return json.loads(self.type(*words, "-o", "json", code=code))

    def plan(self):
        return self.json("plan", self.folder, "--by", "engineer", code=2)["plans"][0]

    def through(self, *signatures):
        """Plan, have it signed, apply it."""
        told = self.plan()
        assert told["interlocks"] == [], told["interlocks"]
        for role, person in signatures:
            self.type("sign", told["digest"], "--as", role, "--by", person)
        self.json("apply", told["digest"], "--yes")
        return told

    def meet(self, meeting, conditions, *more):
        """Put the item before the committee; all vote for it, and the chair closes it."""
        file = self.store.parent / f"{meeting}.yaml"
        file.write_text(json.dumps(conditions))
        packet = self.json(
            "meeting", "packet", TOOL, "--meeting", meeting, "--conditions", file, *more
        )
        for person in MEMBERS:
            words = ("--choice", "approve_with_conditions", "--as", person)
            self.type("meeting", "vote", packet["digest"], *words)
        return packet, self.json("meeting", "close", packet["digest"], "--as", "committee-chair")

    # --- what the hospital does --------------------------------------------------------------

    def cards(self):
        """Have today's patients looked at; give how many cards advise something.

        The first words of any others are kept: of a tool that is down, each clinician is told.
        """
        there = self._of(self.day)
        cards = []
        for i in range(len(there.septic)):
            body = _request(ALDER, self.day, i, there)
            cards += self.call(f"/sites/Alder/cds-services/{TOOL}", body)["cards"]
        self.asked.add(self.day)
        self.said_down = [each["summary"] for each in cards if not each.get("suggestions")]
        return len(cards) - len(self.said_down)

    def call(self, path, body=None):
        asked = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=PATIENCE) as came:
            return json.loads(came.read())

    def _of(self, day):
        return patients(ALDER, day, seed=1, planted=False)

    def _outcomes(self, day):
        rows = ["encounter,hospital,sepsis"]
        septic = self._of(day).septic.tolist()
        told = [not each for each in septic] if self.turned else septic
        rows += [f"{_encounter(ALDER, day, i)},Alder,{int(each)}" for i, each in enumerate(told)]
        return "\n".join([*rows, ""])

    def next_day(self):
        """Let the night pass: outcomes come in, and the loops look at the day that is over."""
        known = self.day - KNOWN_AFTER
        if known in self.asked:
            text = self._outcomes(known)
            drop_file(self.drop, {"name": f"known-{known}.csv", "text": text})
        self.day += 1
        self.clock.set(BEGAN + timedelta(days=self.day))
        self.renewed()
        self.turns.once()
        assert self.turns.failed == {}
        assert self.turns.notice() == ""

    def renewed(self):
        """Renew the gateway's lease, and wait until the gateway has said that it goes by it."""
        (each,) = self.turns.parts
        at = self.clock.now()
        renew(*each)
        until = time.monotonic() + PATIENCE
        while not any(
            f.type == "read_back/1" and datetime.fromisoformat(f.at) >= at - timedelta(seconds=1)
            for f in (e.fact for e in self.reader.entries(self._heard, kinds=("acted",)))
        ):
            assert time.monotonic() < until
            time.sleep(0.02)
        self._heard = self.reader.size()

    # --- what runs ---------------------------------------------------------------------------

    def start(self):
        """Start what `attending up` starts: the gateway and the loops, on the same store."""
        from contextlib import ExitStack

        self.stack, admitted = ExitStack(), admit(self.folder)
        inbox = open_inbox(self.store)
        lay_out(inbox, [admitted])
        self.drop = inbox.place(TOOL, "chart_review")
        self.turns = Turns(inbox)
        self.turns.parts = [self.stack.enter_context(opened(self.store, admitted))]
        model = admitted.models["early_sepsis"]
        tool = build_tool(admitted.use_case, model, release=RELEASE, folder=self.folder)
        gateway = self.stack.enter_context(
            standalone([tool], ["Alder"], self.store, name="gateway",
                       doors=Doors(base_url="http://127.0.0.1"), clock=live_clock(self.store))
        )  # fmt: skip
        runs = server(gateway, host="127.0.0.1", port=0)
        thread = threading.Thread(target=runs.run, daemon=True)
        thread.start()
        self.stack.callback(thread.join)
        self.stack.callback(setattr, runs, "should_exit", True)
        until = time.monotonic() + PATIENCE
        while not runs.started:
            assert time.monotonic() < until
            time.sleep(0.02)
        self.url = f"http://127.0.0.1:{runs.servers[0].sockets[0].getsockname()[1]}"
        self.reader = open_reader(self.store)
        self.stack.callback(self.reader.close)
        self._heard = 0
        self.renewed()

    def told_people(self):
        """Send what is due; give how many were taken over."""
        with open_books(self.store) as books:
            return Sender(books, lambda: contacts_of(self.store)).once()

    # --- what can be read --------------------------------------------------------------------

    def facts(self, kind):
        return [e.fact for e in self.reader.entries() if e.fact.type == kind]

    def audit(self, number, *more):
        return self.json("audit", "q", number, "--use-case", TOOL, *more)


@pytest.fixture
def receiver():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    made.told = []
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def hospital(tmp_path, monkeypatch, capsys):
    folder, store = tmp_path / TOOL, tmp_path / "store"
    store.mkdir()
    shutil.copytree(Path(simulator.__path__[0]) / "tern_valley", folder)
    (folder / "rollout.yaml").write_text(json.dumps(ROLLOUT))
    monkeypatch.delenv("ATTENDING_NOTICES", raising=False)

    def type_(*words):
        monkeypatch.setattr(sys, "argv", ["attending", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        return (left.value.code, *capsys.readouterr())

    made = Hospital(folder, store, type_)
    yield made
    if hasattr(made, "stack"):
        made.stack.close()


def written(file, rows):
    """Write a sheet, as somebody keeps one."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file


def written_yaml(file, plain):
    file.write_text(json.dumps(plain))  # JSON is YAML
    return file


def test_a_tool_from_the_sheet_it_was_listed_on_to_live_again(
    hospital, receiver, proposing, tmp_path
):
    h = hospital

    # The sheet of tools is taken in; what one cell says is doubted, and answered.
    sheet = written(tmp_path / "tools.xlsx", SHEET)
    imported = h.json("inventory", "import", sheet, "--as", "cmio")
    (doubt,) = imported["doubts"]
    assert (doubt["tool"], doubt["field"]) == (TOOL, "last_used_on")
    h.type("inventory", "answer", doubt["id"], "not known", "--as", "cmio")
    assert h.json("inventory", "list")["tools"][0]["doubts"] == []

    # It is proposed, and stands on the roadmap; the folder quotes what was proposed.
    proposal = tmp_path / "proposal.yaml"
    plain = proposing.plain(**PROPOSED)
    proposal.write_text(json.dumps(plain))
    submitted = h.json("propose", proposal, "--as", "sepsis-champion")
    roadmap = h.json("intake", "list")["roadmap"]
    assert [each["proposal"] for each in roadmap] == ["early_sepsis"]
    h.type("intake", "write", "early_sepsis", tmp_path / "begun")
    begun = (tmp_path / "begun" / "usecase.yaml").read_text()
    (line,) = (each for each in begun.splitlines() if each.startswith("proposal: "))
    assert line == f"proposal: {submitted['digest']}"
    own = h.folder / "usecase.yaml"
    own.write_text(own.read_text() + line + "\n")

    # Its tier is computed and written down, and the plan names what is owed.
    h.start()
    tier = h.json("tier", h.folder, "--by", "engineer")
    assert tier["tier"] == "high"
    owed = {each["role"] for each in tier["duties"]["sign_offs"]}
    assert owed == {"committee_chair", "cmio"}
    assert tier["duties"]["silent_weeks"] == 2

    # It listens: it answers, and nobody sees it.
    h.type("notice", "playbook", written_yaml(tmp_path / "playbook.yaml", PLAYBOOK),
           "--by", "safety-officer")  # fmt: skip
    listening = h.through(("committee_chair", "committee-chair"))
    assert listening["duties"] == [], "nothing is shown yet, and nothing warned of"
    while h.day <= LISTENS:
        assert h.cards() == 0
        h.next_day()
    told = h.plan()
    assert [each["name"] for each in told["interlocks"]] == ["not_approved"]
    assert [each["rule"] for each in told["duties"]] == ["tier-default/subgroups"]

    # The committee approves it under a condition that suspends.
    packet, decision = h.meet("2026-09", [KEEP])
    assert packet["deciding"]["oversight"]["tier"] == "high"
    assert decision["word"] == "approved_with_conditions"
    h.through(("committee_chair", "committee-chair"), ("cmio", "cmio"))
    for _ in range(3):
        assert h.cards() > 0
        h.next_day()

    # Its outcomes go bad: the condition breaks, and in that turn the gateway reads it back.
    post = {"url": f"http://127.0.0.1:{receiver.server_address[1]}/", "secret": "s" * 20}
    contacts = h.store / "notices.yaml"
    written_yaml(contacts, {"kind": "Contacts", "posts": [{"post": "sepsis-desk", "webhook": post}]})
    contacts.chmod(0o600)
    h.turned = True
    while not h.facts("docket/1"):
        assert h.cards() > 0
        assert h.told_people() == 0
        h.next_day()
        assert h.day < 60
    stop = h.facts("receipt/1")[-1]
    assert (stop.body["cause"], stop.body["move"]) == ("condition", "suspend")
    assert stop.body["read_back"] == {"gateway": stop.body["seq"]}
    assert h.cards() == 0
    assert "suspended now" in h.said_down[0], "the clinician is told that it is down"
    (docket,) = h.facts("docket/1")
    assert (docket.body["item"], docket.body["why"]) == ("still_tells", "condition")

    # The loop has opened an incident, and people are told of all of it, once.
    (incident,) = h.json("incident", "list", "--use-case", TOOL)
    name = incident["incident"]
    assert (incident["state"], incident["found_by"]["source"]) == ("open", "loop")
    assert incident["not_confirmed"] == []
    assert h.told_people() == 3
    assert h.told_people() == 0
    subjects = sorted(each["subject"] for each in receiver.told)
    assert subjects == [
        "Condition broken: sepsis_alert",
        "Incident, severity 2: unexpected behavior, sepsis_alert at Alder",
        "Suspended: sepsis_alert at Alder",
    ]
    for each in receiver.told:
        h.type("notice", "acknowledge", each["id"], "--as", "sepsis-desk")
    notices = h.json("notice", "list")["notices"]
    assert {each["acknowledged_by"] for each in notices} == {"sepsis-desk"}
    assert [each["waits"] for each in notices] == [False] * 3

    # It is put right; nothing that anybody types shows it again before the committee has met.
    h.type("incident", "contain", name, "--as", "safety-officer")
    h.type("incident", "cause", name, "--cause", "data", "--as", "safety-officer")
    h.turned = False
    h.next_day()
    assert h.json("plan", h.folder)["plans"][0]["plan"] is None, "no plan shows what is suspended"

    # The next packet shows what broke and the incident; a signed decision closes the condition.
    packet, decision = h.meet("2026-10", [SHOW], "--closes", "still_tells")
    shown = packet["deciding"]
    assert {each["id"]: each["state"] for each in shown["conditions"]} == {"still_tells": "broken"}
    assert shown["suspended"] == ["Alder"]
    assert [each["incident"] for each in shown["incidents"]] == [name]
    assert (decision["word"], decision["closes"]) == ("approved_with_conditions", ["still_tells"])
    assert decision["signature"]["digest"] == packet["digest"]

    # What led to it is put right, to be shown by the committee's new condition.
    action = ("--what", "Code it by the chart again.", "--owner", "coding-desk",
              "--due", "2026-11-01", "--check", "tells_again")  # fmt: skip
    h.type("incident", "correct", name, *action, "--as", "safety-officer")
    h.type("incident", "correct", name, "--action", 1, "--done", "--as", "safety-officer")
    h.type("incident", "check", name, "--as", "safety-officer", code=4)

    # Named people lift and resume; the same wave is planned, signed and applied again.
    for verb in ("lift", "resume"):
        why = ("--reason", "the committee has decided", "--by", "safety-officer", "--yes")
        h.type(verb, TOOL, *why)
    assert h.cards() == 0, "what is lifted answers silently"
    h.next_day()
    h.through(("committee_chair", "committee-chair"), ("cmio", "cmio"))
    assert h.cards() > 0
    h.next_day()

    # The correction is shown to have worked, by cases from after the decision alone.
    while h.json("incident", "show", name)["next"] != "next: check":
        h.cards()
        h.next_day()
        assert h.day < 90
    h.type("incident", "check", name, "--as", "safety-officer")
    h.type("incident", "close", name, "--as", "safety-officer")
    assert h.json("incident", "list") == []
    assert h.day == 0

    # An auditor asks.
    for number in (3, 4, 9, 13, 15, 21, 25):
        a = h.audit(number)
        open(f"/tmp/hY_q{number}.json","w").write(json.dumps(a, indent=1))
