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
import urllib.error
import urllib.request
import zipfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openpyxl
import pytest

from attending import simulator
from attending.act import carry_out
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
from attending.wiring import UNHURRIED_MS, live_clock, open_books, open_inbox

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
SITE = {"kind": "Site", "name": "Alder", "title": "Alder", "units": ["emergency"]}
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
CHAIR, CMIO = ("committee_chair", "committee-chair"), ("cmio", "cmio")
QUESTIONS = (3, 4, 9, 13, 15, 21, 25)
CLOCK = "eu_ai_act_73"  # of a place that is not known, every law that may hold is asked
TOO_LATE = 60
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
        """Renew the gateway's lease, and wait until it goes by it and has said so.

        What it says may be of the lease before, of which it heard late: that one is over.
        """
        (each,) = self.turns.parts
        at = self.clock.now()
        renew(*each)
        until = time.monotonic() + PATIENCE
        while not self.is_ready() or not any(
            f.type == "read_back/1" and datetime.fromisoformat(f.at) >= at - timedelta(seconds=1)
            for f in (e.fact for e in self.reader.entries(self._heard, kinds=("acted",)))
        ):
            assert time.monotonic() < until
            time.sleep(0.02)
        self._heard = self.reader.size()

    def is_ready(self):
        """Tell whether the gateway goes by a lease that is not over."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=PATIENCE):
                return True
        except urllib.error.HTTPError:
            return False

    # --- what runs ---------------------------------------------------------------------------

    def start(self):
        """Start what `attending up` starts: the gateway and the loops, on the same store."""
        self.stack, admitted = ExitStack(), admit(self.folder)
        inbox = open_inbox(self.store)
        lay_out(inbox, [admitted])
        self.drop = inbox.place(TOOL, "chart_review")
        self.turns = Turns(inbox)
        self.turns.parts = [self.stack.enter_context(opened(self.store, admitted))]
        model = admitted.models["early_sepsis"]
        tool = build_tool(admitted.use_case, model, release=RELEASE, folder=self.folder)
        gateway = self.stack.enter_context(
            standalone([tool], {"Alder": ()}, self.store, name="gateway",
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
    written(folder / "rollout.yaml", ROLLOUT)
    written(folder / "sites.yaml", SITE)
    monkeypatch.delenv("ATTENDING_NOTICES", raising=False)
    # no answer is late since a disk stood still: what the card's deadline does is told elsewhere
    monkeypatch.setattr(carry_out, "DEADLINE_MS", UNHURRIED_MS)

    def type_(*words):
        monkeypatch.setattr(sys, "argv", ["attending", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        return (left.value.code, *capsys.readouterr())

    made = Hospital(folder, store, type_)
    yield made
    if hasattr(made, "stack"):
        made.stack.close()


def written(file, plain):
    file.write_text(json.dumps(plain))  # JSON is YAML
    return file


def contacts(receiver):
    hook = {"url": f"http://127.0.0.1:{receiver.server_address[1]}/", "secret": "s" * 20}
    return {"kind": "Contacts", "posts": [{"post": "sepsis-desk", "webhook": hook}]}


def test_a_tool_from_the_sheet_it_was_listed_on_to_live_again(
    hospital, receiver, proposing, tmp_path
):
    h = hospital
    is_listed(h, tmp_path)
    is_proposed(h, proposing, tmp_path)
    is_tiered(h)
    listens(h, tmp_path)
    goes_live_under_a_condition(h)
    breaks_and_is_stopped(h, contacts(receiver))
    incident = is_an_incident(h)
    people_are_told(h, receiver)
    is_decided_on_again(h, incident)
    is_put_right(h, incident)
    is_live_again(h)
    is_shown_to_work(h, incident)
    is_audited(h, incident)
    is_taken_away(h, tmp_path)


def is_listed(h, tmp_path):
    """The sheet of tools is taken in; what one cell says is doubted, and answered."""
    sheet = openpyxl.Workbook()
    for row in SHEET:
        sheet.active.append(row)
    sheet.save(tmp_path / "tools.xlsx")
    (doubt,) = h.json("inventory", "import", tmp_path / "tools.xlsx", "--as", "cmio")["doubts"]
    assert (doubt["tool"], doubt["field"]) == (TOOL, "last_used_on")
    h.type("inventory", "answer", doubt["id"], "not known", "--as", "cmio")
    assert h.json("inventory", "list")["tools"][0]["doubts"] == []


def is_proposed(h, proposing, tmp_path):
    """It stands on the roadmap, and the folder quotes what was proposed."""
    file = written(tmp_path / "proposal.yaml", proposing.plain(**PROPOSED))
    submitted = h.json("propose", file, "--as", "sepsis-champion")
    assert submitted["place"] == 1
    assert [each["proposal"] for each in h.json("intake", "list")["roadmap"]] == ["early_sepsis"]
    h.type("intake", "write", "early_sepsis", tmp_path / "begun")
    begun = (tmp_path / "begun" / "usecase.yaml").read_text().splitlines()
    (quotes,) = (line for line in begun if line.startswith("proposal: "))
    assert quotes == f"proposal: {submitted['digest']}"
    use_case = h.folder / "usecase.yaml"
    plain = use_case.read_text().splitlines()
    h.unquoted = "\n".join([each for each in plain if not each.startswith("proposal:")])
    use_case.write_text(f"{h.unquoted}\n{quotes}\n")


def is_tiered(h):
    """Its tier is computed and written down, and the roadmap knows it from then on."""
    h.start()
    told = h.json("tier", h.folder, "--by", "engineer")
    assert (told["tier"], told["duties"]["silent_weeks"]) == ("high", 2)
    assert {each["role"] for each in told["duties"]["sign_offs"]} == {"committee_chair", "cmio"}
    (ranked,) = h.json("intake", "list")["roadmap"]
    assert ranked["tier"] == h.facts("tier/1")[0].body["tier"] == "high"


def listens(h, tmp_path):
    """It answers for two weeks and nobody sees it; then the plan says what is wanting."""
    book = written(tmp_path / "playbook.yaml", PLAYBOOK)
    h.type("notice", "playbook", book, "--by", "safety-officer")
    h.through(CHAIR)
    while h.day <= LISTENS:
        assert h.cards() == 0
        h.next_day()
    told = h.plan()
    assert [each["name"] for each in told["interlocks"]] == ["not_approved"]
    assert [each["rule"] for each in told["duties"]] == ["tier-default/subgroups"]


def goes_live_under_a_condition(h):
    """The committee sees tier and duties, and approves it while it can still tell."""
    packet, decision = h.meet("2026-09", [KEEP])
    oversight = packet["deciding"]["oversight"]
    assert (oversight["tier"], oversight["review"]) == ("high", "full")
    assert "tier-default/subgroups" in {each["rule"] for each in oversight["duties_missing"]}
    assert decision["word"] == "approved_with_conditions"
    assert h.cards() == 0, "a decision opens nothing by itself"
    h.through(CHAIR, CMIO)
    assert h.cards() > 0
    for _ in range(3):
        h.next_day()
        assert h.cards() > 0


def breaks_and_is_stopped(h, contacts):
    """Its outcomes go bad: in the turn that sees it, the gateway is stopped and reads it back."""
    written(h.store / "notices.yaml", contacts).chmod(0o600)
    h.turned = True
    while not h.facts("docket/1"):
        assert h.told_people() == 0
        h.next_day()
        assert h.day < TOO_LATE
        advised = h.cards()
    receipt = h.facts("receipt/1")[-1].body
    assert (receipt["cause"], receipt["move"], receipt["scope"]) == (
        "condition",
        "suspend",
        "Alder",
    )
    assert receipt["read_back"] == {"gateway": receipt["seq"]}
    assert advised == 0
    assert "suspended now" in h.said_down[0], "clinicians are told that it is down"
    (docket,) = h.facts("docket/1")
    assert (docket.body["item"], docket.body["why"]) == ("still_tells", "condition")
    assert h.json("plan", h.folder)["plans"][0]["plan"] is None, "no plan shows what is suspended"


def is_an_incident(h):
    """The loop has opened it by itself; it is contained, since every gateway has read back."""
    (told,) = h.json("incident", "list", "--use-case", TOOL)
    assert (told["state"], told["found_by"]["source"], told["severity"]) == ("open", "loop", 2)
    assert told["not_confirmed"] == []
    assert [each["rule"] for each in told["clocks"]] == [CLOCK]
    h.type("incident", "contain", told["incident"], "--as", "safety-officer")
    h.type("incident", "cause", told["incident"], "--cause", "data", "--as", "safety-officer")
    return told["incident"]


def people_are_told(h, receiver):
    """Of the suspension, the incident and the condition, each once, until somebody answers."""
    assert (h.told_people(), h.told_people()) == (3, 0)
    assert sorted(each["subject"] for each in receiver.told) == [
        "Condition broken: sepsis_alert",
        "Incident, severity 2: unexpected behavior, sepsis_alert at Alder",
        "Suspended: sepsis_alert at Alder",
    ]
    assert [each["waits"] for each in h.json("notice", "list")["notices"]] == [True] * 3
    for each in receiver.told:
        h.type("notice", "acknowledge", each["id"], "--as", "sepsis-desk")
    notices = h.json("notice", "list")["notices"]
    assert {(each["waits"], each["acknowledged_by"]) for each in notices} == {
        (False, "sepsis-desk")
    }


def is_decided_on_again(h, incident):
    """The next packet shows what broke and the incident; its decision ends the condition."""
    h.turned = False
    h.next_day()
    packet, decision = h.meet("2026-10", [SHOW], "--closes", "still_tells")
    shown = packet["deciding"]
    assert {each["id"]: each["state"] for each in shown["conditions"]} == {"still_tells": "broken"}
    assert shown["suspended"] == ["Alder"]
    assert [(i["incident"], i["state"]) for i in shown["incidents"]] == [(incident, "contained")]
    assert (decision["word"], decision["closes"]) == ("approved_with_conditions", ["still_tells"])
    assert decision["signature"]["digest"] == packet["digest"]


def is_put_right(h, incident):
    """What led to it is corrected; that it worked is for the new condition to show."""
    said = ("--owner", "coding-desk", "--due", "2026-11-01", "--check", "tells_again")
    by = ("--as", "safety-officer")
    h.type("incident", "correct", incident, "--what", "Code it by the chart.", *said, *by)
    h.type("incident", "correct", incident, "--action", 1, "--done", *by)
    h.type("incident", "check", incident, *by, code=4)


def is_live_again(h):
    """Named people lift and resume; the wave is planned, signed and applied anew."""
    for verb in ("lift", "resume"):
        why = ("--reason", "the committee has decided", "--by", "safety-officer", "--yes")
        h.type(verb, TOOL, *why)
    assert h.cards() == 0, "what is lifted answers silently"
    h.next_day()
    use_case = h.folder / "usecase.yaml"
    quoted = use_case.read_text()
    use_case.write_text(h.unquoted)
    assert "not_as_proposed" in [each["name"] for each in h.plan()["interlocks"]]
    use_case.write_text(quoted)
    h.through(CHAIR, CMIO)
    assert h.cards() > 0


def is_shown_to_work(h, incident):
    """By cases from after the decision alone; then the incident closes."""
    by = ("--as", "safety-officer")
    while h.json("incident", "show", incident)["next"] != "next: check":
        h.next_day()
        h.cards()
        assert h.day < TOO_LATE, h.facts("measured/1")[-1].body.get("conditions")
    h.type("incident", "check", incident, *by)
    h.type("incident", "close", incident, *by)
    h.type("incident", "clock", incident, CLOCK, "--as", "compliance-officer")
    assert h.json("incident", "list") == []


def is_audited(h, incident):
    """Each answer is the same of this tool as of the whole ledger, which holds no other."""
    reasons = {fact.body.get("reason") for fact in h.facts("prediction/1")}
    assert reasons == {None, "suspended"}, "the hospital asked only where it could be answered"
    answers = {number: h.audit(number) for number in QUESTIONS}
    assert {each["status"] for each in answers.values()} == {"answered"}
    wrong = {number: len(each["exceptions"]) for number, each in answers.items()}
    assert wrong == dict.fromkeys(QUESTIONS, 0) | {9: 6}, "the sheet leaves much unsaid"
    rows = {n: [dict(zip(a["columns"], r, strict=True)) for r in a["rows"]]
            for n, a in answers.items()}  # fmt: skip
    went_live = [r for r in rows[3] if r["what"] == "went live"]
    assert [r["site"] for r in went_live] == ["Alder", "Alder"]
    assert [r["approved_by"].split(":")[0] for r in rows[4]] == [
        f"{TOOL}/2026-09", f"{TOOL}/2026-10",
    ]  # fmt: skip
    assert [(r["characteristic"], r["measured"]) for r in rows[9]] == [("age", "proxy")]
    assert answers[13]["counts"]["predictions"] == len(h.facts("prediction/1"))
    stop = next(r for r in rows[15] if r["what"] == "suspend")
    assert (stop["cause"], stop["n_shown_meanwhile"]) == ("condition", 0)
    cited = {h.reader.entry(i).fact.type for i in stop["cites"]}
    assert "read_back/1" in cited, "the gateway's own word counts, though it is of no one tool"
    assert (rows[21][0]["key"], answers[21]["counts"]["exceptions"]) == ("log", 0)
    assert [(r["what"], r["word"] or r["state"]) for r in rows[25]] == [
        ("incident", "closed"), ("clock", "met"), ("corrective action", "shown to work"),
    ]  # fmt: skip
    assert {r["incident"] for r in rows[25]} == {incident}
    whole = h.json("audit", "q", 15)
    assert whole["rows"] == answers[15]["rows"]


def is_taken_away(h, tmp_path):
    """A binder verifies by what is in it, and the minutes are a file to print."""
    binder, minutes = tmp_path / "story.binder.zip", tmp_path / "minutes.pdf"
    h.type("evidence", "build", "--use-case", TOOL, "--question", 15, "-o", binder)
    with zipfile.ZipFile(binder) as file:
        file.extract("verify.py", tmp_path)
    key = layout.public_key(h.store)
    command = [sys.executable, "-I", tmp_path / "verify.py", binder, key, "--ledger", h.store]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert (told["left_out"], told["because"]) == ("nothing", "")
    assert told["facts"] > len(h.facts("prediction/1"))
    h.type("meeting", "minutes", "2026-10", "--out", minutes)
    assert minutes.read_bytes().startswith(b"%PDF")
    (first, _) = h.json("meeting", "pace")["quarters"]
    assert first["days"] == [LISTENS + 1], "counted from the day it was proposed"
