"""A small health system that a simulated year may be played on: the real parts, one clock.

Made up is what hospitals report of a day (sums, as the lake would give them), and the time.
Ledger, loops, heads, committee, gateway and exposures are the real ones.
"""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import msgspec
import pytest

from attending.admit import Folder, admit
from attending.clock import ReplayClock, stamp
from attending.decide.sign_offs import SignOff
from attending.errors import Refused
from attending.facts.cells import Design
from attending.ledger import layout
from attending.ledger.open_ledger import open_ledger
from attending.ledger.salt import derived_salt
from attending.loops import meeting
from attending.loops.carry_out import apply, open_first_wave, renew
from attending.loops.declare import declare
from attending.loops.packet import Put, put
from attending.loops.parts import Folded, Parts
from attending.loops.plan import look, planned, write
from attending.loops.say import Said, order, sign
from attending.loops.score import CasePen
from attending.loops.turn import turn
from attending.serve.build import build_channels, build_tool
from attending.serve.cases import Cases
from attending.serve.gateway import Gateway
from attending.serve.in_process import InProcess
from attending.serve.parts import Parts as GatewayParts
from attending.serve.pseudonym import Pseudonyms
from attending.serve.tool import Tools
from attending.spec.condition import Proposed

BEGAN = datetime(2001, 1, 1, 8, tzinfo=UTC)  # towns count days from 2000
NAMES = UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
UNHURRIED_MS = 3_600_000
SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
REASONS = ["patient-ineligible", "action-completed", "risk-benefit-ratio"]
MODEL = {
    "kind": "Model", "name": "frail", "title": "Frailty score", "version": "1",
    "engine": "logistic", "intercept": 0.0, "fields": {"frailty": {"coefficient": 1.0}},
}  # fmt: skip


def module_at(path):
    spec = importlib.util.spec_from_file_location(path.parent.name, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@dataclass
class Tool:
    parts: Parts
    folded: Folded
    sums: object
    folder: Folder


class YearStage:
    """One platform that a year asks for things."""

    def __init__(self, town, specs, store):
        self.town, self.specs, self.store = town, specs, store
        self.clock = ReplayClock(BEGAN)
        self.reader, self.pen = open_ledger(
            store,
            salt=derived_salt(b"year"),
            origin="year",
            checkpoint_every=1e9,
            payload_key=layout.payload_key(store),
        )
        self.listeners = town.Listeners()
        self.push, self.listeners.push = self.listeners.push, self._unhurried
        self.tools, self.served, self.ehr, self.n_calls = {}, {}, None, 0

    def _unhurried(self, snapshot):
        entries = tuple(
            msgspec.structs.replace(e, deadline_ms=UNHURRIED_MS) for e in snapshot.entries
        )
        return self.push(msgspec.structs.replace(snapshot, entries=entries))

    def do(self, request):
        self.clock.advance(timedelta(seconds=1))
        for tool in self.tools.values():
            renew(tool.parts, tool.folded)
        reply = getattr(self, f"_{request['do']}")(request) or {}
        return {**reply, "at": stamp(self.clock.now()), "facts": self.reader.size()}

    @property
    def day(self):
        return (self.clock.now() - self.town.DAY_ZERO).days

    def _declare(self, asked):
        name, release = asked["tool"], asked["release"]
        folder = self.specs / release
        folder.mkdir(parents=True)
        waves = [
            {
                **wave,
                "minimum_days": 3,
                "sign_offs": [{"role": "committee_chair"}, {"role": "cmio"}],
            }
            for wave in asked["waves"]
        ]
        card = self.town.USE_CASE["workflow"]["card"]
        card = {**card, "suggestion": "Do it", "override_reasons": REASONS}
        use_case = self.town.USE_CASE | {
            "name": name,
            "workflow": {**self.town.USE_CASE["workflow"], "card": card},
            "model": {"model": "frail", "threshold": 0.5},
            "inputs": {"frailty": "context.frailty"},
        }
        rollout = {**self.town.ROLLOUT, "use_case": name, "release": release, "waves": waves}
        rollout["freezes"] = []
        committee = self.town.COMMITTEE | {"approval_days": asked["approval_days"]}
        over = {"usecase": use_case, "rollout": rollout, "committee": committee, "model": MODEL}
        self.town.write_town(folder, **over)
        admitted = admit(folder)
        sums = self.tools[name].sums if name in self.tools else self._sums(name)
        parts = Parts(
            folder=admitted,
            design=Design("alerted", "usual", 0.5),
            reader=self.reader,
            pen=self.pen,
            lake=sums,
            clock=self.clock,
            gateways=self.listeners,
        )
        self.tools[name] = Tool(parts, Folded(), sums, admitted)
        declare(parts, by="engineer")
        model = admitted.models["frail"]
        made = build_tool(admitted.use_case, model, release=release, folder=folder)
        self.served[release] = made
        self._open_gateway()

    def _sums(self, name):
        class Sums(self.town.Sums):
            def widen(self, entries):
                return {(name, of, day) for _, of, day in super().widen(entries)}

        return Sums()

    def _open_gateway(self):
        self.ehr = InProcess(
            Gateway(
                GatewayParts(
                    gateway="g1",
                    sites=self.town.SITES,
                    tools=Tools(tuple(self.served.values())),
                    channels=build_channels([t.use_case for t in self.served.values()]),
                    exposures=self.listeners.each["g1"],
                    pen=CasePen(self.pen),
                    pseudonyms=Pseudonyms(b"a key that no fact holds"),
                    clock=self.clock,
                    clients=None,
                    cases=Cases(self.clock, self.reader),
                )
            )
        )

    def _meeting(self, asked):
        tool = self.tools[asked["tool"]]
        proposed = msgspec.convert(asked["conditions"], tuple[Proposed, ...])
        packet = put(tool.parts, tool.folded, Put(asked["meeting"], proposed=proposed)).digest
        if asked["recused"]:
            voice = meeting.Voice(asked["recused"], packet)
            meeting.recuse(tool.parts, tool.folded, voice, "I have a share in it")
        for person, choice in asked["votes"].items():
            self.clock.advance(timedelta(seconds=1))
            dissent = "Too early" if choice == "decline" else ""
            voice = meeting.Voice(person, packet)
            meeting.vote(tool.parts, tool.folded, voice, choice, dissent=dissent)
        meeting.close(tool.parts, tool.folded, meeting.Voice("chair", packet))

    def _order(self, asked):
        tool = self.tools[asked["tool"]]
        said = Said(asked["verb"], asked["scope"], asked["person"], "I saw it")
        try:
            order(tool.parts.hands, tool.folded, said, self.day)
        except Refused as refused:
            return {"refused": str(refused)}

    def _in_use(self, asked):
        tool = self.tools[asked["tool"]]
        open_first_wave(tool.parts, tool.folded, because="it was in use already")

    def _waits(self, asked):
        tool = self.tools[asked["tool"]]
        found = planned(tool.parts, look(tool.parts, tool.folded, self.day))
        if found is None or found.interlocks:
            return {"plans": []}
        digest = write(tool.parts.hands, tool.folded, found, by="engineer")
        changes = [
            {"site": c.site, "mode": c.mode[1], "release": c.release[1]} for c in found.changes
        ]
        roles = {each.role: each.n for each in found.requires}
        return {"plans": [{"digest": digest, "roles": roles, "changes": changes}]}

    def _sign(self, asked):
        tool = self.tools[asked["tool"]]
        sign(tool.parts, tool.folded, asked["plan"], SignOff(asked["role"], asked["person"]))

    def _apply(self, asked):
        tool = self.tools[asked["tool"]]
        try:
            apply(tool.parts, tool.folded, asked["plan"], self.day)
        except Refused as refused:
            return {"refused": str(refused)}

    def _day(self, asked):
        start = self.clock.now().replace(hour=8, minute=0, second=0)
        self.clock.advance(start + timedelta(days=1) - self.clock.now())
        for name, reports in asked["reports"].items():
            tool = self.tools[name]
            for site, report in reports.items():
                tool.sums.put(site, self.day, report)
            renew(tool.parts, tool.folded)
            turn(tool.parts, tool.folded, self.day)
            renew(tool.parts, tool.folded)

    def _call(self, asked):
        context = {"userId": f"Practitioner/{asked['user']}", "patientId": asked["patient"]}
        context["frailty"] = asked["frailty"]
        instance = str(uuid5(NAMES, asked["patient"]))
        body = {"hook": "patient-view", "hookInstance": instance, "context": context}
        path = f"/sites/{asked['site']}/cds-services/{asked['tool']}"
        came = self.ehr.post(path, json.dumps(body).encode())
        assert came.status == 200, came
        return {"cards": [c for c in json.loads(came.body)["cards"] if c.get("suggestions")]}

    def _feedback(self, asked):
        card = asked["card"]
        entry = {
            "card": card["uuid"],
            "outcome": asked["word"],
            "outcomeTimestamp": stamp(self.clock.now()),
        }
        if asked["word"] == "accepted":
            entry["acceptedSuggestions"] = [{"id": card["suggestions"][0]["uuid"]}]
        else:
            entry["overrideReason"] = {"reason": {"system": SYSTEM, "code": asked["code"]}}
        path = f"/sites/{asked['site']}/cds-services/{asked['tool']}/feedback"
        came = self.ehr.post(path, json.dumps({"feedback": [entry]}).encode())
        assert came.status == 200, came

    def _mark(self, asked):
        self.pen.checkpoint()

    def close(self):
        self.pen.close()
        self.reader.close()


@pytest.fixture(scope="session")
def year_stage(root, tmp_path_factory):
    """Give what opens a stage for a year."""
    town = module_at(root / "tests/rollout/conftest.py")

    def make():
        place = tmp_path_factory.mktemp("year")
        return YearStage(town, place / "specs", place / "store")

    return make
