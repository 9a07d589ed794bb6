"""A small health system that a simulated year may be played on: the real parts, one clock.

Made up is what hospitals report of a day (sums, as the lake would give them), and the time.
Ledger, loops, heads, committee, gateway and exposures are the real ones.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from attending import shapes
from attending.admit import Folder, admit
from attending.clock import ReplayClock, stamp
from attending.decide.sign_offs import SignOff
from attending.errors import Refused
from attending.facts.cells import Design
from attending.facts.evidence import Rule
from attending.facts.fact import By
from attending.facts.incident import FoundBy
from attending.facts.people import Viewed, ViewReviewed
from attending.ledger import layout
from attending.ledger.open_ledger import open_ledger
from attending.ledger.salt import derived_salt
from attending.loops import incident, meeting
from attending.loops import incident_steps as steps
from attending.loops.books import Books
from attending.loops.carry_out import apply, open_first_wave, renew
from attending.loops.declare import declare
from attending.loops.packet import Put, put
from attending.loops.parts import Folded, Parts
from attending.loops.plan import look, planned, write
from attending.loops.say import Said, order, sign
from attending.loops.score import CasePen
from attending.loops.system import credentials, inventory, people, retention
from attending.loops.turn import turn
from attending.serve.build import build_channels, build_tool
from attending.serve.callers.on_record import OnRecord
from attending.serve.cases import Cases
from attending.serve.clients import Client, Clients
from attending.serve.gateway import Gateway
from attending.serve.parts import Options
from attending.serve.parts import Parts as GatewayParts
from attending.serve.pseudonym import Pseudonyms
from attending.serve.replaying.in_process import InProcess
from attending.serve.seen import Seen
from attending.serve.tool import Tools
from attending.spec.condition import Proposed
from attending.spec.people import PeopleDeclared

BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)  # a Monday for which the calendars are known
NAMES = UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
UNHURRIED_MS = 3_600_000
ROOM = 1 << 30  # bytes; eleven worlds are 300 MB
SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
REASONS = ["patient-ineligible", "action-completed", "risk-benefit-ratio"]
ISSUER, BASE = "https://ehr.example", "http://gateway.example"
PRACTICE = "https://codes.example/posts"
UNITS = ("icu", "ward")
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
        self.keys, self.signs_with, self.clients = {}, "", Clients([], Seen())

    def _unhurried(self, snapshot):
        entries = tuple(
            msgspec.structs.replace(e, deadline_ms=UNHURRIED_MS) for e in snapshot.entries
        )
        self.clients.on_record.refresh()
        return self.push(msgspec.structs.replace(snapshot, entries=entries))

    def do(self, request):
        self.clock.advance(timedelta(seconds=1))
        for tool in self.tools.values():
            renew(tool.parts, tool.folded)
        reply = getattr(self, f"_{request['do']}")(request) or {}
        return {**reply, "at": stamp(self.clock.now()), "facts": self.reader.size()}

    @property
    def day(self):
        return (self.clock.now().date() - BEGAN.date()).days  # the first receipts are of day 0

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
        roles = {role: [f"{PRACTICE}|{role}"] for role in ("nurse", "physician")}
        use_case = self.town.USE_CASE | {
            "name": name,
            "workflow": {**self.town.USE_CASE["workflow"], "card": card, "roles": roles},
            "model": {"model": "frail", "threshold": 0.5},
            "inputs": {"frailty": "context.frailty"},
        }
        rollout = {**self.town.ROLLOUT, "use_case": name, "release": release, "waves": waves}
        rollout["freezes"] = []
        committee = self.town.COMMITTEE | {"approval_days": asked["approval_days"]}
        committee["members"] = [
            each | ({"units": ["Alder", UNITS[0]]} if "units" in each else {})
            for each in committee["members"]
        ]
        over = {"usecase": use_case, "rollout": rollout, "committee": committee, "model": MODEL}
        self.town.write_town(folder, **over)
        for site in self.town.SITES:
            told = {"kind": "Site", "name": site, "title": f"{site} Hospital", "units": UNITS}
            (folder / f"site-{site}.yaml").write_text(json.dumps(told), "utf-8")
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
        public = {"keys": [key.as_dict(private=False) for key in self.keys.values()]}
        sites = tuple(self.town.SITES)
        known = [Client(issuer=ISSUER, sites=sites, jwks=public)] if self.keys else []
        self.clients = Clients(known, Seen(), OnRecord(self.reader))
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
                    clients=self.clients,
                    cases=Cases(self.clock, self.reader),
                    units=dict.fromkeys(self.town.SITES, frozenset(UNITS)),
                    options=Options(base_url=BASE),
                )
            )
        )

    def _meeting(self, asked):
        tool = self.tools[asked["tool"]]
        proposed = shapes.convert(asked["conditions"], tuple[Proposed, ...])
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
        if asked["unit"]:
            body["extension"] = {"org.attending.unit": asked["unit"]}
        if asked["role"]:
            coding = [{"system": PRACTICE, "code": asked["role"]}]
            held = {"resourceType": "PractitionerRole", "code": [{"coding": coding}]}
            body["prefetch"] = {"user_role": held}
        path = f"/sites/{asked['site']}/cds-services/{asked['tool']}"
        came = self.post(path, body)
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
        came = self.post(path, {"feedback": [entry]})
        assert came.status == 200, came

    def post(self, path, body, *, name=""):
        """Ask the gateway as an EHR does: each call signed by the key in use."""
        name, at = name or self.signs_with, self.clock.now().timestamp()
        self.n_calls += 1
        claims = {"iss": ISSUER, "aud": BASE + path, "iat": at, "exp": at + 240}
        token = jwt.encode(
            {"alg": "ES384", "kid": name, "typ": "JWT"},
            claims | {"jti": f"call-{self.n_calls}"},
            self.keys[name],
            registry=JWSRegistry(algorithms=["ES384"]),
        )
        return self.ehr.post(
            path, json.dumps(body).encode(), authorization=f"Bearer {token}".encode()
        )

    # --- desks ----------------------------------------------------------------------------------

    @property
    def books(self):
        return Books(self.reader, self.pen, self.clock)

    def _inventory(self, asked):
        inventory.import_(self.books, asked["text"].encode(), asked["by"])

    def _inventory_said(self, asked):
        by, column = By(asked["by"], via="cli"), (asked["column"], asked["value"])
        assert inventory.set_(self.books, asked["tool"], column, by)

    def _people(self, asked):
        named = [
            {"person": name, "printed_name": name, "roles": [{"role": role}]}
            for name, role in asked["people"].items()
        ]
        people.declare(
            self.books,
            shapes.convert({"people": named}, PeopleDeclared),
            people.Voice(asked["by"]),
        )

    def _look(self, asked):
        told = Viewed(
            person=asked["person"],
            purpose=asked["purpose"],
            page="/facts/{index}",
            objects=tuple(f"g1/{card}/served" for card in asked["cards"]),
            break_glass=bool(asked["because"]),
        )
        voice = people.Voice(asked["person"], "console")
        return {"view": people.look(self.books, told, voice, why=asked["because"])}

    def _look_into(self, asked):
        told = ViewReviewed(view=asked["view"], found=asked["found"], person=asked["person"])
        assert people.review(self.books, told, people.Voice(asked["person"]))

    def _key(self, asked):
        name = self.signs_with = asked["name"]
        self.keys[name] = ECKey.generate_key("P-384", {"kid": name})
        self._open_gateway()
        found = self.clients.credentials()
        credentials.register(self.books, found, people.Voice(asked["by"]))
        return {"key": self.keys[name].thumbprint()}

    def _retire(self, asked):
        voice = people.Voice(asked["by"])
        assert credentials.retire(self.books, asked["key"], voice, why=asked["because"])
        self.clients.on_record.refresh()

    def _knock(self, asked):
        path = f"/sites/{self.town.SITES[0]}/cds-services/falls"
        return {"status": self.post(path, {}, name=asked["name"]).status}

    def _report(self, asked):
        tool, person = self.tools[asked["tool"]], asked["person"]
        told = incident.Report(
            kind=asked["kind"],
            severity=asked["severity"],
            what="it was wrong",
            found_by=FoundBy(source="person", person=person),
            sites=tuple(asked["sites"]),
            began_on=stamp(self.clock.now() - timedelta(days=asked["days_ago"]))[:10],
        )
        opened = incident.report(tool.parts.hands, tool.folded, told, self.day)
        return {"incident": opened.incident}

    def _step(self, asked):
        tool, name = self.tools[asked["tool"]], asked["incident"]
        case = steps.Taken(tool.parts.hands, tool.folded, name, asked["person"])
        match asked["step"]:
            case "causes":
                steps.find_causes(case, asked["causes"])
            case "correct":
                said = {k: asked[k] for k in ("what", "owner", "due", "check")}
                steps.correct(case, steps.Correction(**said))
            case "clock":
                steps.tell_clock(case, asked["rule"], "met")
            case other:
                steps.step(case, other, {"action": 1} if other == "done" else None)

    def _adopt(self, asked):
        rules = shapes.convert(asked["rules"], tuple[Rule, ...])
        assert retention.adopt(self.books, rules, By(asked["by"], via="cli"))

    def _hold(self, asked):
        by, reach = By(asked["by"], via="cli"), (asked["tool"], "")
        assert retention.place(self.books, asked["hold"], by, why=asked["why"], reach=reach)

    def _erase(self, asked):
        wanted = retention.ask(self.books, asked["rule"], By(asked["by"], via="cli"))
        retention.agree(self.books, wanted.digest, By(asked["second"], via="cli"))

    def _stray(self, asked):
        card = str(uuid5(NAMES, f"stray-{asked['n']}"))
        at = stamp(self.clock.now())
        entry = {"card": card, "outcome": "overridden", "outcomeTimestamp": at}
        path = f"/sites/{asked['site']}/cds-services/{asked['tool']}/feedback"
        assert self.post(path, {"feedback": [entry]}).status == 200

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


@pytest.fixture
def in_memory(tmp_path):
    """Give a folder that no disk is waited for, where this machine has one with room for worlds.

    A world writes eight thousand facts one by one, and its disk is waited for as often. What
    lies here is told by its ledger's proofs, not by a power cut; those have tests of their own.
    """
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < ROOM:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as place:
        yield Path(place)
