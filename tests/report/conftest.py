"""A town whose people keep a diary: what they did, beside what the ledger says they did.

Everything is written by the real writers. The diary is kept by whoever does a thing, from what
they did and from what a gateway shows, and never read from the ledger.
"""

from __future__ import annotations

import importlib.util
import random
import shutil
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from attending import shapes
from attending.admit import admit
from attending.clock import stamp
from attending.errors import Refused
from attending.facts.fact import By, Fact
from attending.ledger.open_ledger import open_ledger
from attending.ledger.open_reader import open_reader
from attending.ledger.verify import verify
from attending.loops import meeting
from attending.loops.packet import Put, put
from attending.report.evidence import evidence
from attending.report.question import Asked, told
from attending.report.questions import answered, listed
from attending.serve.prediction import Display, Prediction, served
from attending.spec.condition import Proposed
from attending.wiring import open_recompute

ABLE = ("chair", "cmio", "member", "author")
WHO = {"committee_chair": ("chair",), "cmio": ("cmio",), "committee_member": ("member", "author")}
CONDITION = {"id": "resumed", "owner": "nurse", "due": "2001-04-01", "do": {"fact": "resume/1"}}
BY_MODE = {
    "live": (("shown", ""), ("no_advice", ""), ("failed", "engine"), ("late", "")),
    "silent": (("silent", ""),),
    "suspended": (("suppressed", "suspended"),),
}


def town_module(root):
    spec = importlib.util.spec_from_file_location("town", root / "tests/rollout/conftest.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


class Diary:
    """One town over one store, and what really happened there."""

    def __init__(self, module, folder, store, seed=0):
        self.store, self.dice = Path(store), random.Random(seed)
        self.town = module.Town(folder, store, author="engineer")
        self.answers = {}  # prediction -> (site, display, reason, patient)
        self.votes, self.recusals, self.closed, self.signed = [], [], [], []
        self.stops, self.live = [], []  # rows; intervals as [site, from, to, n shown]
        self.marks = []  # how many facts there were, and what a gateway showed then
        self._modes = {}

    @property
    def now(self):
        return stamp(self.town.clock.now())

    def see(self):
        """Note where a gateway shows output now, and since when."""
        modes = self.town.modes()
        for site, mode in modes.items():
            was = self._modes.get(site)
            if mode == "live" and was != "live":
                self.live.append([site, self.now, None, 0])
            elif was == "live" and mode != "live":
                self._interval(site)[2] = self.now
        self._modes = modes
        self.exposed = self.town.shown()
        self.marks.append((self.town.reader.size(), {**modes}))

    def _interval(self, site):
        return next(i for i in self.live if i[0] == site and i[2] is None)

    def answer(self, site, display, reason=""):
        """Let a gateway answer somebody."""
        self.town.clock.advance(timedelta(milliseconds=3))
        name, patient = f"p{len(self.answers):05}", f"pat{self.dice.randrange(40)}"
        made = Prediction(
            prediction=name, use_case="falls", site=site, unit="", release="falls-1",
            display=Display(display, reason), instance="", patient=patient, user="", encounter="",
            channel="cds_hooks", seq=0,
        )  # fmt: skip
        self.town.pen.append([served(made, gateway="g1", at=self.now)])
        self.answers[name] = (site, display, reason, patient)
        if display == "shown":
            self._interval(site)[3] += 1
            return
        for stop in self.stops:
            if reason == "suspended" and stop["ended"] is None and site in stop["places"]:
                stop["withheld"] += 1
                stop["patients"].add(patient)

    def answer_all(self):
        """Let every gateway answer a few times, as it may."""
        for site, mode in self._modes.items():
            for display in self.dice.choices(BY_MODE[mode], k=self.dice.randrange(1, 5)):
                self.answer(site, *display)

    def order(self, verb, scope):
        """Let the nurse order something; note what came of it."""
        there = [s for s, m in self._modes.items() if scope in ("all", s)]
        places = {s for s in there if self._modes[s] in ("live", "silent")}
        self.town.clock.advance(timedelta(seconds=5))
        try:
            self.town.say(verb, scope)
        except Refused:
            return
        self.see()
        now = self.now
        for stop in self.stops:
            if verb == "lift" and stop["left"] & {*there}:
                stop["left"] -= {*there}
                stop["ended"] = None if stop["left"] else now
            if verb == "resume" and stop["verb"] == "hold" and scope in ("all", stop["scope"]):
                stop["ended"] = stop["ended"] or now
        places = places if verb == "suspend" else set()
        self.stops.append(
            {
                "verb": verb,
                "scope": scope,
                "at": now,
                "ended": None,
                "places": places,
                "left": {*places},
                "withheld": 0,
                "patients": set(),
            }
        )

    def meet(self, name="first", conditions=(), choice=""):
        """Let the committee decide; not everybody comes, and somebody may be recused."""
        town = self.town
        proposed = shapes.convert(conditions, tuple[Proposed, ...])
        packet = put(town.parts, town.folded, Put(name, proposed=proposed)).digest
        voices = {p: meeting.Voice(p, packet) for p in ABLE}
        recused = self.dice.choice(("member", "author", ""))
        for person in [p for p in ABLE if p != recused]:
            self._tick()
            says = choice or ("approve_with_conditions" if conditions else "approve")
            if person == "author" and not recused:
                says = "decline"
            meeting.vote(town.parts, town.folded, voices[person], says)
            self.votes.append((name, person, says))
        if recused:
            self._tick()
            town.pen._sealer = town.pen._sealer or self._sealer()
            meeting.recuse(town.parts, town.folded, voices[recused], "I sell it")
            self.recusals.append((name, recused))
        self._tick()
        done = meeting.close(town.parts, town.folded, voices["chair"])
        self.closed.append((name, done.body["word"], done.body["expires_on"]))

    def _sealer(self):
        from attending.ledger.key_file import key_in
        from attending.ledger.payload import Sealer

        return Sealer(key_in(self.store / "keys" / "payload.key"))

    def _tick(self):
        self.town.clock.advance(timedelta(seconds=1))

    def go_live(self):
        """Listen for some days, then go live with the pilot."""
        self.town.listen()
        assert self.sign_and_apply()

    def sign_and_apply(self):
        """Sign and apply whatever waits, if anything does and nothing forbids it."""
        digest, plan = self.town.plan() or ("", None)
        if plan is None or plan.interlocks:
            return False
        for required in plan.requires:
            for person in WHO[required.role][: required.n]:
                self.town.sign(digest, required.role, person)
                self.signed.append((digest, required.role, person))
        self.town.apply(digest)
        self.see()
        return True

    def pass_days(self, n):
        self.town.days(n)
        self.see()

    def live_a_while(self, steps=20):
        """Let things happen by chance."""
        for _ in range(steps):
            self.answer_all()
            verb = self.dice.choice(("suspend", "lift", "hold", "resume", "day", "mend", "mend"))
            if verb == "day":
                self.pass_days(1)
            elif verb == "mend":
                self.order("lift", "all")
                self.order("resume", "all")
                self.sign_and_apply()
            else:
                self.order(verb, self.dice.choice(("all", "Alder")))
        self.answer_all()

    def displays(self):
        """Count answers by site, display and reason."""
        return Counter((site, word, reason) for site, word, reason, _ in self.answers.values())


class Auditor:
    """Asks questions of a store."""

    def __init__(self, store):
        self.store = Path(store)

    def ask(self, number, as_of="", use_case="", site="", **further):
        reader = open_reader(self.store)
        try:
            verified = partial(verify, self.store)
            again = open_recompute(self.store, reader, further.pop("folders", ()))
            asked = Asked(evidence(reader, as_of), use_case, site, verified, again=again, **further)
            found, title = answered(number, asked), listed(number).title
            return told(number, title, asked, found, at="now", as_of=as_of)
        finally:
            reader.close()

    def rows(self, number, /, _as_of="", _since=None, **kind):
        """Give the rows by column name, those of some kind only."""
        answer = self.ask(number, _as_of, since=_since)
        rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
        return [r for r in rows if all(r[k] == v for k, v in kind.items())]

    def against(self, number):
        return {e["key"]: e["because"] for e in self.ask(number)["exceptions"]}

    def without(self, index, into):
        """Give an auditor of a copy in which one fact was forgotten."""
        shutil.copytree(self.store, into)
        reader, pen = open_ledger(into)
        pen.erase([index], by=By("officer"), at="2030-01-01T00:00:00.000Z", because="asked")
        pen.close()
        reader.close()
        return Auditor(into)

    def with_facts(self, *facts):
        """Write facts behind everybody's back, as a second writer could."""
        reader, pen = open_ledger(self.store)
        pen.append(facts)
        pen.close()
        reader.close()


class Wrote:
    """A store that holds what a test writes: cards, what people said, and what was done."""

    def __init__(self, store):
        self.auditor, self._n = Auditor(store), 0

    def add(self, *facts):
        self.auditor.with_facts(*facts)

    def card(self, name, at, display="shown", reason="", **over):
        given = {
            "use_case": "falls", "site": "Alder", "unit": "", "release": "falls-1", "user": "u1",
            "model": "",
        } | over  # fmt: skip
        made = Prediction(
            prediction=name, display=Display(display, reason), instance="", patient="p",
            encounter="", channel="cds_hooks", seq=0, unit_on_record=given["unit"], **given,
        )  # fmt: skip
        return served(made, gateway="g1", at=at)

    def fact(self, kind, at, body, **over):
        self._n += 1
        given = {"use_case": "falls", "by": By("g1")} | over
        return Fact(kind=kind, key=f"{body['type']}/{self._n}", at=at, body=body, **given)

    def response(self, name, at, word="accepted", code="", **over):
        body = {"type": "response/1", "prediction": name, "response": word}
        body |= {"reason": {"system": "s", "code": code, "listed": True}} if code else {}
        return self.fact("observed", at, body | over, site="Alder")

    def specs(self, at, **workflow):
        documents = {"use_case": {"workflow": workflow}}
        body = {"type": "specs/1", "digests": {}, "sites": {}, "documents": documents}
        return self.fact("declared", at, body)

    def receipt(self, at, *changes, wave=""):
        """Give a receipt; a change is (site, release from and to, mode from and to)."""
        told = [
            {
                "site": site, "unit": "*", "release": list(release), "mode": list(mode),
                "share": [0.0, 1.0],
            }
            for site, release, mode in changes
        ]  # fmt: skip
        body = {
            "type": "receipt/1", "plan": "0" * 64, "move": "advance", "cause": "wave",
            "scope": "all", "day": 1, "because": "planned", "wave": wave, "answers": "",
            "expansion": "moving", "changes": told, "signed": {}, "seq": 1,
            "read_back": {"g1": 1}, "not_confirmed": [],
        }  # fmt: skip
        return self.fact("acted", at, body)


@pytest.fixture
def wrote(tmp_path):
    return Wrote(tmp_path / "wrote")


@pytest.fixture(scope="session")
def town_of(root):
    return town_module(root)


@pytest.fixture(scope="session")
def specs_of(town_of, tmp_path_factory):
    """Give what admits the town's specs, with a committee that differs in something."""

    def make(**over):
        folder = tmp_path_factory.mktemp("specs")
        committee = town_of.COMMITTEE | over
        return admit(town_of.write_town(folder, committee=committee))

    return make


@pytest.fixture(scope="session")
def town_specs(specs_of):
    return specs_of()


@pytest.fixture
def diary_of(town_of, town_specs, tmp_path):
    """Give what opens a diary; each is closed before its store is read."""
    made = []

    def make(seed=0, specs=town_specs):
        store = tmp_path / f"store{len(made)}"
        made.append(Diary(town_of, specs, store, seed))
        return made[-1]

    yield make
    for diary in made:
        diary.town.close()


@pytest.fixture
def auditor():
    return Auditor


@pytest.fixture(scope="session")
def lived(town_of, town_specs, tmp_path_factory):
    """Give diaries of a few towns in which much happened, each closed, with its store."""
    made = []
    for seed in range(4):
        store = tmp_path_factory.mktemp("lived") / "store"
        diary = Diary(town_of, town_specs, store, seed)
        diary.meet()
        diary.go_live()
        diary.meet("second", conditions=[CONDITION] if seed % 2 else ())
        diary.live_a_while()
        diary.town.close()
        made.append((diary, Auditor(store)))
    return made
