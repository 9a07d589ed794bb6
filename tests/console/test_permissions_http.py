"""Every refusal by HTTP: a table written by hand here, asked of the real app for everybody.

The table below is not the platform's: it was written from the contract of roles, in the
contract's own order. What it says is compared with what the app answers, for people in every
role at every reach, for every route the app has.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import cycle, islice
from urllib.parse import unquote, urlencode

import msgspec
import pytest
from click.testing import CliRunner

from attending import shapes
from attending.cli.actions.evidence import EvidenceActions
from attending.cli.actions.intake import IntakeDesk
from attending.cli.actions.people import PeopleActions
from attending.cli.actions.rollouts import Actions
from attending.cli.inventory import inventory
from attending.console.app import Console, build, found_pages
from attending.console.history import History
from attending.console.page import NotNow
from attending.console.parts import Parts
from attending.console.sign_in import Sessions
from attending.console.verifying import Verified, Verifying
from attending.facts.fact import By, Fact
from attending.facts.incident import Affected, FoundBy, Incident
from attending.ledger import layout
from attending.ledger.open_ledger import open_ledger
from attending.ledger.open_reader import open_reader
from attending.ledger.unsealed import Unsealed
from attending.loops.system.intake import Desk, end, submit
from attending.loops.system.people import Voice, declare
from attending.spec.people import PeopleDeclared
from attending.wiring import open_books

ORIGIN = "http://localhost:8321"
TOOLS = {"watch_alert": ("alderq", "birchq"), "ward_score": ("elmq", "alderq"),
         "note_draft": ("birchq", "hazelq")}  # fmt: skip
SITES = sorted({site for sites in TOOLS.values() for site in sites})
LISTED = {**TOOLS, "desk_chat": ("hazelq",)}  # the last in the inventory alone
TODAY = "2026-10-13"  # where the tests' clock stands

# --- the second table: who may do what, by hand -------------------------------------------

WORKS_HERE = [
    "executive_sponsor", "clinical_owner", "champion", "super_user", "committee_member",
    "committee_chair", "cmio", "cio", "compliance_officer", "privacy_officer", "safety_officer",
    "nurse_informaticist", "engineer", "finance", "coder", "case_manager",
]  # fmt: skip
OTHERS = ["auditor", "vendor", "admin"]
CARES = ["clinical_owner", "champion", "super_user", "cmio", "safety_officer",
         "nurse_informaticist", "case_manager"]  # fmt: skip

BY_HAND = {
    ("read", "portfolio"): [*WORKS_HERE, *OTHERS],
    ("read", "minutes"): [*WORKS_HERE, *OTHERS],
    ("read", "evidence"): [*WORKS_HERE, "auditor"],
    ("read", "scorecard"): [*WORKS_HERE, "auditor", "vendor"],
    ("read", "prediction"): [*CARES, "compliance_officer", "privacy_officer", "auditor"],
    ("read", "ledger"): ["compliance_officer", "privacy_officer", "auditor"],
    ("read", "access_log"): ["compliance_officer", "privacy_officer", "auditor"],
    ("review", "access_log"): ["compliance_officer", "privacy_officer"],
    ("acknowledge", "notice"): [*CARES, "cio", "engineer", "compliance_officer", "privacy_officer"],
    ("read", "people"): ["admin", "auditor"],
    ("read", "key"): ["admin", "auditor"],
    ("train", "card"): ["super_user", "nurse_informaticist"],
    ("feedback", "card"): ["super_user", "nurse_informaticist"],
    ("verify", "ledger"): ["compliance_officer", "privacy_officer", "auditor"],
    ("hold", "rollout"): [*CARES, "cio", "engineer"],
    ("suspend", "rollout"): [*CARES, "cio", "engineer"],
    ("resume", "rollout"): ["cmio", "cio", "safety_officer"],
    ("lift", "rollout"): ["cmio", "cio", "safety_officer"],
    ("sign", "plan"): ["cmio", "cio", "committee_chair"],
    ("apply", "plan"): ["engineer"],
    ("vote", "item"): ["committee_member"],
    ("recuse", "item"): ["committee_member"],
    ("close", "item"): ["committee_chair"],
    ("read", "proposal"): [*WORKS_HERE, "auditor"],
    ("propose", "proposal"): ["clinical_owner", "champion"],
    ("resubmit", "proposal"): ["clinical_owner", "champion"],
    ("end", "proposal"): ["executive_sponsor", "clinical_owner", "champion"],
    ("answer", "task"): ["clinical_owner", "champion"],
    ("read", "rule"): [*WORKS_HERE, "auditor"],
    ("read", "incident"): [*WORKS_HERE, "auditor"],
    ("report", "incident"): [*CARES, "cio", "engineer", "compliance_officer", "privacy_officer"],
    ("report and suspend", "incident"): [*CARES, "cio", "engineer"],
    ("contain", "incident"): ["safety_officer"],
    ("close", "incident"): ["safety_officer"],
    ("read", "binder"): ["compliance_officer", "privacy_officer", "auditor"],
    ("build", "binder"): ["compliance_officer", "privacy_officer", "auditor"],
    ("keep", "ledger"): ["compliance_officer", "privacy_officer"],
    ("erase", "ledger"): ["compliance_officer", "privacy_officer"],
    ("grant", "people"): ["admin"],
    ("revoke", "people"): ["admin"],
    ("end", "people"): ["admin"],
}
NEVER_BY_HAND = {"engineer": ("sign", "vote")}


@dataclass(frozen=True)
class Holds:
    role: str
    sites: tuple = ()
    tools: tuple = ()
    since: str = "2026-01-01"
    to: str | None = None

    @property
    def is_today(self):
        return self.since <= TODAY and (self.to is None or self.to >= TODAY)


@dataclass(frozen=True)
class Asks:
    """One thing to ask the app, and what it is about, as a person would say it."""

    path: str
    verb: str
    kind: str
    tool: str | None = None
    site: str | None = None  # None: all of them
    part: bool = False  # what may not be seen is left out
    form: dict | None = field(default=None, hash=False)

    def by_hand(self, holds):
        now = [h for h in holds if h.is_today]
        if any(self.verb in NEVER_BY_HAND.get(h.role, ()) for h in now):
            return False
        return any(h.role in BY_HAND[self.verb, self.kind] and self._covers(h) for h in now)

    def _covers(self, h):
        if self.tool is None and h.tools and not self.part:
            return False
        if self.tool is not None and h.tools and self.tool not in h.tools:
            return False
        if self.site is None and self.part and self.tool is not None:
            return not h.sites or bool({*h.sites} & {*LISTED[self.tool]})
        if self.site is None:
            return not h.sites or self.part
        return not h.sites or self.site in h.sites


def everybody():
    """Name a person for every role and every reach, and some at the edges."""
    found = {}
    for role in (*WORKS_HERE, *OTHERS):
        if role != "vendor":
            found[f"{role}-all"] = [Holds(role)]
            found[f"{role}-site"] = [Holds(role, sites=("alderq",))]
            found[f"{role}-both"] = [Holds(role, sites=("alderq",), tools=("ward_score",))]
        found[f"{role}-tool"] = [Holds(role, tools=("ward_score",))]
    found["two-places"] = [Holds("cmio", sites=("elmq",)), Holds("cio", tools=("note_draft",))]
    found["builds-and-signs"] = [Holds("engineer"), Holds("cmio")]
    found["was-once"] = [Holds("cmio", to="2026-10-12")]
    found["will-be"] = [Holds("cmio", since="2026-10-14")]
    found["no-role"] = []
    found["has-left"] = [Holds("cmio")]
    return found


PEOPLE = everybody()

# --- a store of three tools, made from the replay's own facts ------------------------------


def renamed(fact, tool, sites):
    """Give a fact of the replay as if it were about another tool at other sites."""
    raw = json.dumps(msgspec.to_builtins(fact))
    raw = raw.replace("watch_alert", tool)
    for n, old in enumerate(("east", "west")):
        raw = re.sub(rf"\b{old}\b", sites[n], raw, flags=re.IGNORECASE)
    return shapes.decode(raw, Fact)


@pytest.fixture(scope="module")
def system(store, proposing, tmp_path_factory):
    """Give a store of three tools with everybody declared, and its path."""
    where = tmp_path_factory.mktemp("system") / "ledger"
    reader, (there, pen) = open_reader(store), open_ledger(where)
    facts = [entry.fact for entry in reader.entries()]
    few = [f for n, f in enumerate(facts) if n < 90 or is_kept(f)]
    pen.append([renamed(fact, tool, sites) for tool, sites in TOOLS.items() for fact in few])
    pen.close()
    there.close()
    reader.close()
    plant(where, proposing, tmp_path_factory.mktemp("sheet") / "tools.csv")
    with open_books(where) as books:
        first = {"people": [as_yaml("first-admin", [Holds("admin")])]}
        declare(books, shapes.convert(first, PeopleDeclared), Voice("whoever-opens-the-store"))
        told = {"people": [as_yaml(name, holds) for name, holds in PEOPLE.items()]}
        declare(books, shapes.convert(told, PeopleDeclared), Voice("first-admin"))
        body = {"type": "departed/1", "person": "has-left"}
        by = By("first-admin", via="cli")
        books.write([Fact(kind="said", key="left", at=books.at, by=by, body=body)])
        body = {"type": "viewed/1", "person": "x", "purpose": "audit", "page": "/facts/{index}"}
        books.write([Fact(kind="acted", key="looked", at=books.at, by=by, body=body)])
    return where


def plant(where, proposing, sheet):
    """Put tools of the inventory, proposals, incidents and a binder at every tool and site."""
    head = "tool,name,owner,claimed_status,use_case,sites,units,task,population,setting,output"
    rows = [head]
    for tool, sites in LISTED.items():
        use_case, named = tool if tool in TOOLS else "", f"{tool} as people call it"
        rows.append(f"{tool},{named},,pilot,{use_case},{';'.join(sites)},icu,predict,adults,"
                    "inpatient,risk")  # fmt: skip
    sheet.write_text("\n".join(rows) + "\n", "utf-8")
    typed = ["import", str(sheet), "--as", "cmio-office", "--store", str(where)]
    assert CliRunner().invoke(inventory, typed).exit_code == 0
    with open_books(where) as books:
        opened = Unsealed(books.reader, layout.payload_key(where)).raw
        for tool in TOOLS:
            submit(Desk(books, opened, "somebody"), proposing.document(
                proposal=f"{tool}_next", title=f"More of {tool}", tool=tool, use_case=tool,
            ))  # fmt: skip
        # What was stopped is told to whoever proposes the like of it.
        end(Desk(books, opened, "chief-medical-officer"), "note_draft_next", "stop",
            barriers=("cost",), lesson="note_draft was too slow")  # fmt: skip
        books.write([incident_at(t, s, books.at) for t, ss in TOOLS.items() for s in (*ss, None)])
    EvidenceActions(where).build({}, (21,), person="somebody")


def incident_at(tool, site, at):
    sites = TOOLS[tool] if site is None else (site,)
    found_by = FoundBy(source="person", role="clinician", site=sites[0])
    told = Incident(incident=f"{tool}-{site or 'all'}", kind="wrong_output", severity=3,
                    use_case=tool, sites=sites, found_by=found_by, began_on=TODAY, known_at=at,
                    affected=Affected(sites=sites, releases=(), from_on=TODAY))  # fmt: skip
    body = {"type": "incident/1", **msgspec.to_builtins(told)}
    return Fact(kind="said", key=f"{told.incident}/incident", at=at, by=By("a clinician"),
                use_case=tool, site=site, body=body)  # fmt: skip


class Kept(EvidenceActions):
    """The binders that are here, where nobody has the time to rehearse a letter."""

    def drill(self, *, person):
        raise NotNow(f"{person} may, but not in a test of who may")


def is_kept(fact):
    """Keep what was decided on the last days, and what was said and done on all of them."""
    if fact.kind in ("served", "observed"):
        return False
    return fact.type not in ("decided/1", "measured/1") or fact.body["day"] > 57


def as_yaml(name, holds):
    roles = [
        {"role": h.role, "sites": h.sites, "tools": h.tools, "from": h.since}
        | ({"to": h.to} if h.to else {})
        for h in holds
    ]
    return {"person": name, "printed_name": name.title(), "roles": roles}


INTERVAL = re.compile(r"\d\.\d\d \(\d+\.\d\d to \d+\.\d\d\)")


def intervals(reader):
    """Give what was ever found, by tool: the scope, and its number as sentences have it."""
    found = {tool: set() for tool in TOOLS}
    for entry in reader.entries(kinds=("decided", "acted")):
        body = entry.fact.body
        told = [body] if entry.fact.type == "receipt/1" else [
            *body.get("findings", ()), *body.get("verdicts", ())]  # fmt: skip
        for each in told:
            for number in INTERVAL.findall(each["because"]):
                found[entry.fact.use_case].add((each["scope"], number))
    return found


@dataclass(frozen=True)
class Answer:
    status_code: int
    headers: dict
    text: str


class House:
    """The real app over that store, called as a server calls it, with a session for each person."""

    def __init__(self, parts):
        self.parts = parts
        self.app = build(parts)
        self.loop = asyncio.new_event_loop()
        self.cookies, self.csrf = {}, {}
        self.began = parts.reader.size()
        self.numbers = intervals(parts.reader)

    def sign_in(self, person):
        """Sign somebody in by token, as they would do it."""
        if person == "has-left":  # and signed in before they did
            made = self.parts.sessions.begin(person, auth=("token",))
        else:
            sent = {"token": self.parts.sessions.issue(), "person": person}
            answer = self.call("POST", "/sign-in", form=sent)
            assert answer.status_code == 303, (person, answer.text)
            made = re.match("attending_session=([^;]+)", answer.headers["set-cookie"])[1]
        self.cookies[person] = made
        self.csrf[person] = self.parts.sessions.who(made).csrf

    def ask(self, person, asks, method=None):
        form = None if asks.form is None else {"csrf": self.csrf[person], **asks.form}
        return self.call(method or ("GET" if form is None else "POST"), asks.path, person, form)

    def call(self, method, path, person=None, form=None, **headers):
        """Ask the app one thing over ASGI itself: a client would take most of the time."""
        headers = {"host": ORIGIN.partition("//")[2], "origin": ORIGIN} | headers
        if person is not None:
            headers.setdefault("cookie", f"attending_session={self.cookies[person]}")
        body = b""
        if form is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
            body = urlencode(form).encode()
        raw, _, query = path.partition("?")
        scope = {"type": "http", "method": method, "path": unquote(raw), "raw_path": raw.encode(),
                 "query_string": query.encode(), "root_path": "", "scheme": "http",
                 "http_version": "1.1", "server": ("localhost", 8321),
                 "headers": [(k.encode(), v.encode()) for k, v in headers.items()]}  # fmt: skip
        return self.loop.run_until_complete(self._call(scope, body))

    async def _call(self, scope, body):
        heard, told = [], []

        async def receive():
            if told:
                await asyncio.Event().wait()  # a browser says nothing more
            told.append(body)
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            heard.append(message)

        await self.app(scope, receive, send)
        headers = {k.decode(): v.decode() for k, v in heard[0]["headers"]}
        text = b"".join(m.get("body", b"") for m in heard[1:]).decode(errors="replace")
        return Answer(heard[0]["status"], headers, text)


def parts_over(where, **given):
    clock, reader = Standing(), open_reader(where)
    return Parts(
        reader=reader,
        history=History(reader),
        store=where,
        folders={},
        clock=clock,
        sessions=Sessions(clock),
        verifying=Verifying(where, clock, run=lambda _store: Verified(TODAY, True, "it holds", 1)),
        people=PeopleActions(where),
        **given,
    )


@pytest.fixture(scope="module")
def house(system):
    found = House(parts_over(system, evidence=Kept(system)))
    for person in PEOPLE:
        found.sign_in(person)
    yield found
    found.parts.drawing.close()
    found.loop.close()


class Standing:
    """A clock that stands."""

    def now(self):
        return datetime(2026, 10, 13, 8, 0, tzinfo=UTC)


def all_asks(parts):
    """List everything there is to ask: every page for everything it can be about, every form."""
    lists = [("/", "evidence"), ("/use-cases", "portfolio"), ("/committee", "minutes"),
             ("/audit", "ledger"), ("/portfolio", "portfolio"), ("/rulebooks", "rule"),
             ("/portfolio?only=doubts", "portfolio"), ("/intake", "proposal"),
             ("/incidents", "incident"), ("/quality", "evidence"),
             ("/sources", "evidence"), ("/lineage", "evidence"),
             ("/terms", "evidence")]  # fmt: skip
    found = [Asks(path, "read", kind, part=True) for path, kind in lists]
    found.append(Asks("/people", "read", "people"))
    found.append(Asks("/keys", "read", "key"))
    found.append(Asks("/access", "read", "access_log"))
    form = {"what": "review", "view": "0", "found": "proper"}
    found.append(Asks("/access", "review", "access_log", form=form))
    form = {"what": "settle", "whose": "person", "who": "x", "on": "2026-10-13", "found": "proper"}
    found.append(Asks("/access", "review", "access_log", form=form))
    form = {"what": "acknowledge", "notice": "0" * 24}
    found.append(Asks("/incidents", "acknowledge", "notice", form=form))
    forms = {"declare": "grant", "grant": "grant", "revoke": "revoke", "end": "end"}
    found += [Asks("/people", verb, "people", form={"what": w}) for w, verb in forms.items()]
    found += [
        Asks("/practice", "train", "card", part=True),
        Asks("/audit", "verify", "ledger", form={}),
    ]
    for tool, sites in TOOLS.items():
        found += of_tool(tool, sites)
        found += of_governance(tool, sites)
    for tool in LISTED:
        found.append(Asks(f"/portfolio/{tool}", "read", "portfolio", tool, part=True))
        for what in ("answer", "set"):
            form = {"what": what, "value": "p", "column": "owner", "doubt": "0"}
            found.append(Asks(f"/portfolio/{tool}", "answer", "task", tool, form=form))
    form = {"what": "submit", "proposal": "a_new_one"}
    found.append(Asks("/intake", "propose", "proposal", part=True, form=form))
    found += of_evidence(parts)
    found += [each for entry in one_of_each(parts.reader) for each in of_fact(entry)]
    for what in ("vote", "recuse", "close"):
        form = {"what": what, "choice": "approve", "text": "why not"}
        found.append(Asks("/committee/" + "0" * 64, what, "item", form=form))
    return found


def of_tool(tool, sites):
    use_case, rollout = f"/use-cases/{tool}", f"/rollouts/{tool}"
    for past in ("", "?as_of=60"):
        yield Asks(use_case + past, "read", "scorecard", tool, part=True)
        yield Asks(rollout + past, "read", "evidence", tool, part=True)
    yield Asks(rollout + "/rollout_weeks.csv", "read", "evidence", tool, part=True)
    yield Asks(rollout + "/rollout_weeks.json", "read", "evidence", tool, part=True)
    for site in (*sites, None):
        gate = f"/gates/{tool}/{site or 'all'}"
        for more in ("", "?as_of=59", "/confidence_sequence.csv", "/confidence_sequence.json"):
            yield Asks(gate + more, "read", "evidence", tool, site)
        for verb in ("hold", "suspend", "resume", "lift"):
            form = {"scope": site or "all", "reason": "it misfires"}
            yield Asks(f"/orders/{tool}/{verb}", verb, "rollout", tool, site, form=form)
            yield Asks(f"/orders/{tool}/{verb}?scope={site or 'all'}", "read", "evidence", tool,
                       site, part=site is None)  # fmt: skip
    for what in ("sign", "apply"):
        form = {"what": what, "plan": "0" * 64, "role": "cmio", "yes": "yes"}
        yield Asks(rollout, what, "plan", tool, form=form)


def of_governance(tool, sites):
    yield Asks(f"/rulebooks/{tool}", "read", "rule", tool, part=True)
    proposal = f"/intake/{tool}_next"
    yield Asks(proposal, "read", "proposal", tool, part=True)
    yield Asks(proposal, "resubmit", "proposal", tool, form={"what": "submit"})
    yield Asks(proposal, "end", "proposal", tool, form={"what": "end"})
    for more in ({"use_case": tool}, {"proposal": f"{tool}_next"}):
        form = {"what": "submit", "proposal": "another", **more}
        yield Asks("/intake", "propose", "proposal", tool, form=form)
    for site in (*sites, None):
        incident = f"/incidents/{tool}-{site or 'all'}"
        yield Asks(incident, "read", "incident", tool, site, part=site is None)
        for what in ("contain", "cause", "correct", "done", "clock", "check", "close"):
            verb = "close" if what in ("check", "close") else "contain"
            yield Asks(incident, verb, "incident", tool, site, form={"what": what})
        for severity, verb in (("3", "report"), ("2", "report and suspend")):
            form = {"what": "report", "place": f"{tool}/{site or 'all'}", "severity": severity}
            yield Asks("/incidents", verb, "incident", tool, site, form=form)


def of_evidence(parts):
    yield Asks("/evidence", "read", "binder")
    yield Asks("/evidence?due=1", "read", "binder")
    (digest,) = parts.evidence.kept()
    yield Asks(f"/binders/{digest}", "read", "binder")
    forms = {"build": "build", "drill": "build", "hold": "keep", "lift": "keep", "ask": "erase",
             "agree": "erase"}  # fmt: skip
    for what, verb in forms.items():
        form = {"what": what, "questions": "none", "digest": "0" * 64}
        yield Asks("/evidence", verb, "binder" if verb == "build" else "ledger", form=form)


KIND_OF = {
    "tool/1": "portfolio", "proposal/1": "proposal", "pilot_end/1": "proposal",
    "incident/1": "incident", "binder/1": "binder",
    "prediction/1": "prediction", "outcome/1": "prediction", "specs/1": "evidence",
    "decided/1": "evidence", "measured/1": "evidence", "receipt/1": "evidence",
    "plan/1": "evidence", "budget/1": "evidence", "source/1": "evidence", "person/1": "people",
    "read_back/1": "evidence", "role/1": "people", "departed/1": "people", "viewed/1": "access_log",
}  # fmt: skip


def one_of_each(reader):
    """Give a fact of each type for each tool and site."""
    seen = {}
    for entry in reader.entries():
        fact = entry.fact
        seen.setdefault((fact.type, fact.use_case, fact.site), entry)
    return seen.values()


def of_fact(entry):
    fact = entry.fact
    kind = KIND_OF.get(fact.type, "ledger")
    yield Asks(f"/facts/{entry.index}", "read", kind, fact.use_case, fact.site)
    if fact.type == "prediction/1":
        yield Asks(f"/facts/{entry.index}/lineage", "read", kind, fact.use_case, fact.site)


def is_open(answer, asks):
    """Tell whether the app let somebody in: a patient's page asks what for, and that is open."""
    if answer.status_code == 403:
        return "What do you look at this for?" in answer.text and "and must" not in only(answer)
    if asks.path == "/" and answer.status_code == 303:
        return False  # led to what is theirs
    if asks.kind == "item":
        return answer.status_code == 404  # there is no such packet, for who may know
    if asks.path == "/evidence" and asks.form:
        return answer.status_code != 401  # there is no such hold or rule, for who may know
    return answer.status_code not in (401, 404)


def only(answer):
    """Give what may be chosen where nothing but break-glass may."""
    return "" if answer.text.count("<option") > 1 else answer.text


def leaks(house, answer, person, asks):
    """Name what somebody was shown of sites and tools that are not theirs to see."""
    if answer.status_code != 200:
        return []
    now = [h for h in PEOPLE[person] if h.is_today]
    now = [h for h in now if h.role in BY_HAND[asks.verb, asks.kind]]
    seen = {
        (tool, site)
        for tool, sites in LISTED.items()
        for site in sites
        for h in now
        if (not h.sites or site in h.sites) and (not h.tools or tool in h.tools)
    }
    tools, sites = {t for t, _ in seen}, {s for _, s in seen}
    if asks.tool is not None:
        sites = {s for t, s in seen if t == asks.tool}
        # Of a tool and a proposal it is told which others do the like, as far as they are seen.
        tools = tools if asks.path.startswith(("/portfolio", "/intake")) else {asks.tool}
    text = answer.text
    if asks.tool in TOOLS:
        told_of = {scope for scope, _ in house.numbers[asks.tool]}
        mine = told_of if sites >= {*TOOLS[asks.tool]} else sites
        theirs = {n for scope, n in house.numbers[asks.tool] if scope in mine}
        found = [n for _, n in house.numbers[asks.tool] if n not in theirs and n in text]
        if found:
            return found
    told = [tool for tool in LISTED if tool not in tools and tool in text]
    return told + [site for site in SITES if site not in sites and site in text]


def check(house, n):
    """Ask so many things of so many people; give the figures and what was wrong."""
    asks, dice = all_asks(house.parts), random.Random(20)
    pairs = [(person, each) for person in PEOPLE for each in asks]
    dice.shuffle(pairs)
    pairs = list(islice(cycle(pairs), n))
    wrong, asked = [], {"open": 0, "refused": 0, "looked": 0}
    for person, each in pairs:
        answer = house.ask(person, each)
        holds = PEOPLE[person] if person != "has-left" else []
        wanted, got = each.by_hand(holds), is_open(answer, each)
        if is_vendors_past(each, holds):
            wanted = False
        asked["open" if got else "refused"] += 1
        if wanted != got:
            wrong.append((person, each.path, each.form, wanted, answer.status_code))
        found = leaks(house, answer, person, each)
        asked["looked"] += answer.status_code == 200
        wrong += [(person, each.path, "shows", name) for name in found]
    return asked, wrong


def is_vendors_past(asks, holds):
    """A vendor is told of no past day: two of them would give away a small cell."""
    return "as_of" in asks.path and all(h.role == "vendor" for h in holds)


@pytest.mark.timeout(900)
def test_nobody_sees_or_does_what_is_not_theirs(house):
    asked, wrong = check(house, 3_000)

    assert not wrong, (len(wrong), wrong[:12])
    assert asked["open"] > 400
    assert asked["refused"] > 400
    assert asked["looked"] > 300


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_nobody_sees_or_does_what_is_not_theirs_at_length(house):
    asked, wrong = check(house, 20_000)

    assert not wrong, (len(wrong), wrong[:12])
    assert sum(asked[how] for how in ("open", "refused")) == 20_000


def test_every_page_says_who_may_open_it_and_who_may_send_each_form():
    for name, page in found_pages():
        assert page.needs is not None, f"{name} is open to nobody; say what it needs"
        assert page.do is None or page.acts, f"{name} has a form and does not say who may send it"
        asked = [*page.acts.values(), *([] if callable(page.needs) else [page.needs])]
        for need in asked:
            assert (need.verb, need.kind) in BY_HAND, f"{name}: {need} is not in the table here"


def test_every_address_of_the_app_is_asked_for_here(house):
    """A route that is added beside the pages is a way around the door until it stands here."""
    ways = {route.path for route in Console(house.parts).routes()}
    pages = {page.path for _, page in found_pages()}
    charts = {path.rstrip("/") + "/{chart}.{form:str}" for path in pages}
    assert ways == OPEN | pages | charts | {"/binders/{digest}"}

    asked = {path.partition("?")[0] for path in (each.path for each in all_asks(house.parts))}
    for path in (*pages, "/binders/{digest}"):
        shape = re.compile(re.sub(r"{\w+}", "[^/]+", path))
        assert any(shape.fullmatch(each) for each in asked), f"nobody asks for {path} here"


OPEN = {"/healthz", "/readyz", "/sign-in", "/sign-in/again", "/sign-out", "/static"}


# --- attacks --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cookie",
    ["", "attending_session=", "attending_session=guess", "attending_session=cmio-all",
     "attending_session=../../x", "other=1"],
)  # fmt: skip
def test_a_forged_cookie_opens_nothing(house, cookie):
    for path in ("/", "/use-cases", "/people", "/audit", "/facts/0", "/rollouts/ward_score"):
        assert house.call("GET", path, cookie=cookie).status_code == 401


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("vendor-tool", "/use-cases/watch_alert"),
        ("vendor-tool", "/rollouts/ward_score"),
        ("vendor-tool", "/gates/ward_score/elmq"),
        ("vendor-tool", "/use-cases/Ward_Score"),
        ("vendor-tool", "/use-cases/ward_score%2F..%2Fwatch_alert"),
        ("vendor-tool", "/use-cases/..%2Fwatch_alert"),
        ("vendor-tool", "//use-cases/watch_alert"),
        ("vendor-tool", "/USE-CASES/watch_alert"),
        ("vendor-tool", "/use-cases/watch%5Falert"),
        ("vendor-tool", "/use-cases/ward_score?as_of=60"),
        ("vendor-tool", "/use-cases/ward_score?use_case=watch_alert&as_of=60"),
        ("cmio-site", "/gates/ward_score/elmq"),
        ("cmio-site", "/gates/ward_score/ELMQ"),
        ("cmio-site", "/gates/ward_score/%65lmq"),
        ("cmio-site", "/gates/ward_score/all"),
        ("cmio-site", "/use-cases/note_draft"),
        ("cmio-site", "/orders/ward_score/hold?scope=elmq"),
        ("cmio-site", "/audit"),
        ("admin-all", "/audit?q=watch"),
        ("admin-all", "/rollouts/ward_score"),
        ("engineer-all", "/people"),
        ("no-role", "/use-cases"),
        ("was-once", "/use-cases"),
        ("will-be", "/use-cases"),
        ("has-left", "/use-cases"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_no_other_spelling_or_method_gets_around_the_door(house, person, path, method):
    answer = house.call(method, path, person)

    assert answer.status_code in (403, 404, 405), answer.status_code
    if person.endswith(("-tool", "-site")):
        assert "birchq" not in answer.text
        assert "hazelq" not in answer.text


def test_a_site_is_not_told_what_all_sites_together_came_to(house):
    """From a pool's number and its own, another site's could be told."""
    told = house.numbers["ward_score"]
    mine = {number for scope, number in told if scope == "alderq"}
    theirs = {number for _, number in told} - mine
    for path in ("/rollouts/ward_score", "/use-cases/ward_score", "/gates/ward_score/alderq"):
        text = house.call("GET", path, "cmio-site").text
        assert not [number for number in theirs if number in text], path
    whole = house.call("GET", "/rollouts/ward_score", "cmio-all").text
    assert [number for number in theirs if number in whole]


def test_the_log_is_narrowed_to_ones_own_sites(house):
    path = f"/audit?before={a_prediction(house, 'ward_score', 'elmq').index + 5}"
    for person, is_theirs in (("privacy_officer-site", False), ("privacy_officer-all", True)):
        page = house.call("GET", path, person).text
        shown = {*re.findall(r"<td>served</td><td>([^<]*)</td>", page)}
        assert shown
        assert any(site.startswith("elmq ") for site in shown) is is_theirs


def test_who_builds_a_thing_never_signs_for_it(house):
    form = {"what": "sign", "plan": "0" * 64, "role": "cmio"}
    asks = Asks("/rollouts/ward_score", "sign", "plan", form=form)
    assert house.ask("builds-and-signs", asks).status_code == 403
    assert house.ask("cmio-all", asks).status_code == 409


def test_a_vendors_charts_are_of_now_as_their_page_is(house):
    page = house.call("GET", "/use-cases/ward_score", "vendor-tool").text
    (chart,) = re.findall(r'"(/use-cases/ward_score/[^"]+\.csv)"', page)

    assert house.call("GET", chart, "vendor-tool").status_code == 200
    assert house.call("GET", chart + "?as_of=60", "vendor-tool").status_code == 403
    other = chart.replace("ward_score", "watch_alert")
    assert house.call("GET", other, "vendor-tool").status_code == 403


@pytest.mark.parametrize(
    "form",
    [
        {"scope": "elmq"},
        {"scope": "all"},
        {"scope": ""},
        {},
        {"scope": "elmq", "site": "alderq"},
        {"scope": "all", "site": "alderq", "what": "hold"},
        {"scope": "ALDERQ"},
        {"scope": " alderq"},
    ],
)
@pytest.mark.parametrize("query", ["", "?scope=alderq", "?site=alderq"])
def test_a_form_cannot_name_one_site_and_act_at_another(house, form, query):
    """Who may suspend at one site names that site or is refused, wherever else it is named."""
    path = f"/orders/ward_score/suspend{query}"
    answer = house.ask(
        "cmio-site", Asks(path, "suspend", "rollout", form={**form, "reason": "why"})
    )

    assert answer.status_code in (403, 404)
    mine = Asks(path, "suspend", "rollout", form={"scope": "alderq", "reason": "why"})
    assert house.ask("cmio-site", mine).status_code == 409  # theirs, but this copy only reads


def test_a_plan_is_signed_and_applied_for_all_its_sites_or_not_at_all(house):
    for what, person in (("sign", "cmio-site"), ("apply", "engineer-site")):
        form = {"what": what, "plan": "0" * 64, "scope": "alderq", "site": "alderq", "yes": "yes"}
        answer = house.ask(person, Asks("/rollouts/ward_score", what, "plan", form=form))
        assert answer.status_code == 403


def test_a_form_that_nobody_declared_is_refused(house):
    for path in ("/rollouts/ward_score", "/committee/" + "0" * 64, "/people"):
        for what in ("", "SIGN", "sign ", "destroy", "look"):
            asks = Asks(path, "x", "x", form={"what": what, "purpose": "audit"})
            assert house.ask("cmio-all", asks).status_code == 403, (path, what)


@pytest.fixture
def own(system, tmp_path):
    """Give a house of one's own over a copy of the store, on which people can be changed."""
    where = shutil.copytree(system, tmp_path / "ledger")
    made = House(parts_over(where, actions=Actions(where)))
    yield made
    made.parts.drawing.close()
    made.loop.close()


def hold_form(**more):
    return {"scope": "alderq", "reason": "it misfires", **more}


def test_a_role_taken_between_the_page_and_the_form_is_gone(own):
    own.sign_in("engineer-all")
    page = own.call("GET", "/orders/ward_score/hold?scope=alderq", "engineer-all")
    assert page.status_code == 200
    own.sign_in("admin-all")
    form = {"what": "revoke", "held": "engineer-all/engineer"}
    assert own.ask("admin-all", Asks("/people", "", "", form=form)).status_code == 303

    sent = own.ask("engineer-all", Asks("/orders/ward_score/hold", "", "", form=hold_form()))
    assert sent.status_code == 403
    assert not [e for e in own.parts.reader.entries(kinds=("said",)) if e.fact.type == "hold/1"
                and e.fact.by.person == "engineer-all"]  # fmt: skip
    assert own.call("GET", "/rollouts/ward_score", "engineer-all").status_code == 403


def test_whoever_has_left_is_out_with_the_next_request(own):
    own.sign_in("cmio-all")
    own.sign_in("admin-all")
    assert own.call("GET", "/use-cases", "cmio-all").status_code == 200
    form = {"what": "end", "person": "cmio-all"}
    assert own.ask("admin-all", Asks("/people", "", "", form=form)).status_code == 303

    assert own.call("GET", "/use-cases", "cmio-all").status_code == 403
    form = {"what": "declare", "person": "cmio-all", "printed_name": "Somebody else"}
    assert own.ask("admin-all", Asks("/people", "", "", form=form)).status_code == 409


def test_a_form_sent_with_another_persons_token_does_nothing(own):
    for person in ("cmio-all", "coder-all"):
        own.sign_in(person)
    own.csrf["coder-all"] = own.csrf["cmio-all"]
    sent = own.ask("coder-all", Asks("/orders/ward_score/hold", "", "", form=hold_form()))
    assert sent.status_code == 403

    own.cookies["coder-all"] = own.cookies["cmio-all"]
    own.call("POST", "/sign-out", "cmio-all", {"csrf": own.csrf["cmio-all"]})
    replayed = own.ask("cmio-all", Asks("/orders/ward_score/hold", "", "", form=hold_form()))
    assert replayed.status_code == 401


def test_an_admin_cannot_make_themselves_anything(own):
    own.sign_in("admin-all")
    for role in ("cmio", "engineer", "committee_member", "auditor"):
        form = {"what": "grant", "person": "admin-all", "role": role, "from": TODAY}
        assert own.ask("admin-all", Asks("/people", "", "", form=form)).status_code == 409
    assert own.call("GET", "/audit", "admin-all").status_code == 403


def test_with_people_declared_a_token_signs_in_nobody_else(own):
    token = own.parts.sessions.issue()
    for name in ("chair-post", "has-left", "CMIO-all", "cmio-al"):
        answer = own.call("POST", "/sign-in", form={"token": token, "person": name})
        assert answer.status_code == 401
        assert "declared here" in answer.text
    sent = {"token": token, "person": "cmio-all"}
    assert own.call("POST", "/sign-in", form=sent).status_code == 303
    assert own.call("POST", "/sign-in", form=sent).status_code == 401


def test_until_somebody_is_declared_whoever_opens_the_store_may_do_all_and_is_told(console):
    page = console.get("/").text

    assert "whoever opens this store may do everything" in page
    assert "whoever opens this store may do everything" in console.get("/sign-in").text
    assert console.get("/audit?q=watch").status_code == 200


# --- looking at what is about a patient -------------------------------------------------------


def a_prediction(house, tool="ward_score", site="alderq"):
    entries = house.parts.reader.entries(kinds=("served",), use_case=tool)
    return next(e for e in entries if e.fact.site == site)


def looks(house):
    found = house.parts.reader.entries(house.began, kinds=("acted",))
    return [e.fact for e in found if e.fact.type == "viewed/1"]


def test_what_is_about_a_patient_is_shown_after_its_purpose_is_on_record(own):
    own.sign_in("cmio-all")
    entry = a_prediction(own)
    path = f"/facts/{entry.index}"
    before = own.call("GET", path, "cmio-all")
    assert before.status_code == 403
    assert entry.fact.key not in before.text

    for wrong in ({}, {"purpose": ""}, {"purpose": "curiosity"}, {"purpose": "on_record"}):
        asks = Asks(path, "", "", form={"what": "look", **wrong})
        assert own.ask("cmio-all", asks).status_code == 409
    assert not looks(own)

    said = Asks(path, "", "", form={"what": "look", "purpose": "treatment"})
    assert own.ask("cmio-all", said).headers["location"] == path
    assert entry.fact.key in own.call("GET", path, "cmio-all").text
    (view,) = looks(own)
    assert view.by.person == "cmio-all"
    assert view.body["purpose"] == "treatment"
    assert view.body["objects"] == [entry.fact.key]
    other = next(e for e in own.parts.reader.entries(kinds=("served",)) if e.index > entry.index)
    assert own.call("GET", f"/facts/{other.index}", "cmio-all").status_code == 403


def test_a_search_for_a_patient_is_a_look_and_what_was_typed_is_not_kept(own):
    own.sign_in("privacy_officer-all")
    key = a_prediction(own).fact.key.split("/")[1]
    path = f"/audit?q={key}"
    assert own.call("GET", path, "privacy_officer-all").status_code == 403
    said = Asks(path, "", "", form={"what": "look", "purpose": "incident_review"})
    assert own.ask("privacy_officer-all", said).status_code == 303
    assert key in own.call("GET", path, "privacy_officer-all").text
    said = Asks("/audit?q=Jane+Roe", "", "", form={"what": "look", "purpose": "audit"})
    assert own.ask("privacy_officer-all", said).status_code == 303

    views = looks(own)
    assert any(key in each for each in views[0].body["objects"])
    assert "Jane" not in json.dumps([view.body for view in views])


def test_break_glass_opens_another_site_with_a_sealed_reason_and_never_another_role(own):
    for person in ("cmio-site", "engineer-all", "vendor-tool", "admin-all"):
        own.sign_in(person)
    entry = a_prediction(own, "ward_score", "elmq")
    path, form = f"/facts/{entry.index}", {"what": "look", "purpose": "break_glass"}
    reason = {"reason": "transferred here tonight"}
    for person in ("engineer-all", "vendor-tool", "admin-all"):
        assert own.ask(person, Asks(path, "", "", form=form | reason)).status_code == 403
        assert own.call("GET", path, person).status_code == 403

    plain = {"what": "look", "purpose": "treatment"}
    assert own.ask("cmio-site", Asks(path, "", "", form=plain)).status_code == 403
    assert own.ask("cmio-site", Asks(path, "", "", form=form)).status_code == 400
    assert own.ask("cmio-site", Asks(path, "", "", form=form | reason)).status_code == 303
    assert own.call("GET", path, "cmio-site").status_code == 200
    (view,) = looks(own)
    assert view.body["break_glass"] is True
    assert view.body["why"]
    assert "transferred" not in json.dumps(view.body)


def test_a_view_that_set_the_rules_aside_says_so_ends_and_waits_for_somebody_else(own):
    for person in ("cmio-site", "privacy_officer-all", "compliance_officer-all", "auditor-all"):
        own.sign_in(person)
    path = f"/facts/{a_prediction(own, 'ward_score', 'elmq').index}"
    form = {"what": "look", "purpose": "break_glass", "reason": "transferred here tonight"}
    own.ask("cmio-site", Asks(path, "", "", form=form))
    assert "You have set the rules aside" in own.call("GET", path, "cmio-site").text
    (view,) = looks(own)
    assert view.body["until"][11:16] == "08:15"  # a quarter of an hour by the clock here

    index = own.parts.reader.size() - 1
    for person in ("privacy_officer-all", "compliance_officer-all"):
        assert "1 view that set the rules aside waits" in own.call("GET", "/", person).text
    assert "set the rules aside" not in own.call("GET", "/", "cmio-site").text
    assert "transferred here tonight" in own.call("GET", "/access", "privacy_officer-all").text
    assert "transferred" not in own.call("GET", "/access", "auditor-all").text

    review = Asks("/access", "", "", form={"what": "review", "view": str(index), "found": "proper"})
    for person in ("cmio-site", "auditor-all"):
        assert own.ask(person, review).status_code == 403
    forged = {"type": "view_reviewed/1", "view": index, "found": "proper", "person": "cmio-site"}
    with open_books(own.parts.store) as books:
        books.write([Fact(kind="said", key=f"{who}/forged", at=books.at, by=By(who), body=forged)
                     for who in ("cmio-site", "engineer-all", "nobody-at-all")])  # fmt: skip
    assert [v.index for v in own.parts.history.views().waiting] == [index]
    assert own.ask("privacy_officer-all", review).status_code == 303
    assert own.parts.history.views().waiting == ()
    assert "waits to be looked into" not in own.call("GET", "/", "compliance_officer-all").text


def declared(own, **people):
    """Declare people on a store of one's own, and sign them in."""
    told = [
        {"person": name, "printed_name": name, "roles": [role]} for name, role in people.items()
    ]
    with open_books(own.parts.store) as books:
        declare(books, shapes.convert({"people": told}, PeopleDeclared), Voice("first-admin"))
    for name in people:
        own.sign_in(name)


def form_of(plain):
    """Fill the form of a proposal with its content, as somebody would type it."""
    named = {"criteria": "id", "boxes": "phase"}
    rows = {
        f"{group}.{row[by]}.{name}": value
        for group, by in named.items()
        for row in plain.pop(group)
        for name, value in row.items()
        if name != by
    }

    def typed(path, value):
        if isinstance(value, dict):
            for name, each in value.items():
                yield from typed(f"{path}.{name}" if path else name, each)
        elif isinstance(value, list):
            for n, each in enumerate(value):
                yield from typed(f"{path}[{n}]", each)
        elif value is not None:
            yield path, str(value)

    del plain["kind"]
    return dict(typed("", plain)) | rows


def test_who_is_bound_to_one_unit_proposes_for_what_is_used_there_and_nowhere_else(own, proposing):
    reader = open_reader(own.parts.store)
    own.parts = replace(own.parts, intake=IntakeDesk(own.parts.store, reader))
    own.app = build(own.parts)
    at = {"role": "champion", "sites": ["hazelq"], "from": "2026-01-01"}
    declared(
        own,
        icu={**at, "units": ["icu"]},
        ward={**at, "units": ["ward"]},
        elsewhere={**at, "sites": ["alderq"], "units": ["icu"]},
        nurse={**at, "role": "nurse_informaticist", "units": ["icu"]},
    )
    plain = proposing.document(proposal="chat_next", tool="desk_chat", use_case=None).plain
    filled = form_of(plain) | {"what": "submit"}

    def proposes(person, **over):
        return own.ask(person, Asks("/intake", "", "", form=filled | over)).status_code

    for person in ("ward", "elsewhere", "nurse"):
        assert proposes(person) == 403, person
    assert proposes("icu", tool="ward_score") == 403  # used at two sites
    assert proposes("icu", tool="nobody_knows") == 403
    assert proposes("icu", use_case="ward_score") == 403
    assert "Propose a tool" in own.call("GET", "/intake", "icu").text
    assert proposes("icu") == 303
    assert proposes("icu", prior_digest="", problem="Another") in (400, 409)  # stale, and no 403


def test_who_sees_a_part_reads_no_gateways_name(own):
    body = {"type": "read_back/1", "gateway": "hazelq-wing-gateway", "seq": 0}
    with open_books(own.parts.store) as books:
        last = [e.fact for e in books.reader.entries(kinds=("acted",), use_case="ward_score")
                if e.fact.type == "receipt/1"][-1]  # fmt: skip
        told = last.body | {"not_confirmed": ["hazelq-wing-gateway"], "seq": 10**9}
        books.write([
            Fact(kind="acted", key="g", at=books.at, by=By("g"), body=body),
            msgspec.structs.replace(last, key="ward_score/late", body=told, supersedes=None),
        ])  # fmt: skip
        opened = incident_at("ward_score", None, books.at)
        waits = opened.body | {"incident": "late", "plan": str(last.body["plan"]), "severity": 2}
        books.write([msgspec.structs.replace(opened, key="late/incident", body=waits)])
    pages = ("/rollouts/ward_score", "/", "/incidents", "/orders/ward_score/hold?scope=alderq")
    for person in ("cmio-all", "cmio-site"):
        own.sign_in(person)
        text = [own.call("GET", path, person).text for path in pages]
        assert ("hazelq-wing" in text[0]) is (person == "cmio-all")
        if person == "cmio-site":
            assert not any("hazelq-wing" in each for each in text)
            assert "not confirmed at gateway" in text[0]


def test_an_auditors_own_looking_is_on_record_whatever_it_is_at(own):
    own.sign_in("auditor-all")
    for path in ("/use-cases/ward_score", "/", "/gates/ward_score/elmq/confidence_sequence.csv"):
        assert own.call("GET", path, "auditor-all").status_code == 200

    assert [v.body["page"] for v in looks(own)] == [
        "/use-cases/{use_case}", "/", "/gates/{use_case}/{scope}",
    ]  # fmt: skip
    assert own.call("GET", "/use-cases/Jane-Roe", "auditor-all").status_code == 404
    assert "Jane" not in json.dumps([v.body for v in looks(own)])


def test_what_cannot_be_written_down_is_not_shown(own):
    object.__setattr__(own.parts, "people", None)
    own.sign_in("auditor-all")
    own.sign_in("cmio-all")
    assert own.call("GET", "/use-cases", "auditor-all").status_code == 409
    path = f"/facts/{a_prediction(own).index}"
    said = Asks(path, "", "", form={"what": "look", "purpose": "treatment"})
    assert own.ask("cmio-all", said).status_code == 409
    assert own.call("GET", path, "cmio-all").status_code == 403
