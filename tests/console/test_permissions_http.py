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
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote, urlencode

import msgspec
import pytest
from starlette.routing import Route

from attending.cli.actions.people import PeopleActions
from attending.console.app import Console, build, found_pages
from attending.console.history import History
from attending.console.page import Page
from attending.console.parts import Parts
from attending.console.sign_in import Sessions
from attending.console.verifying import Verified, Verifying
from attending.facts.fact import By, Fact
from attending.ledger.open_ledger import open_ledger
from attending.ledger.open_reader import open_reader
from attending.loops.people import Voice, declare
from attending.spec.people import PeopleDeclared
from attending.wiring import open_books

ORIGIN = "http://localhost:8321"
TOOLS = {"watch_alert": ("alderq", "birchq"), "ward_score": ("elmq", "alderq"),
         "note_draft": ("birchq", "hazelq")}  # fmt: skip
SITES = sorted({site for sites in TOOLS.values() for site in sites})
TODAY = "2026-10-13"  # where the tests' clock stands

# --- the second table: who may do what, by hand -------------------------------------------

WORKS_HERE = (
    "executive_sponsor clinical_owner champion super_user committee_member committee_chair cmio "
    "cio compliance_officer privacy_officer safety_officer nurse_informaticist engineer finance "
    "coder case_manager"
).split()
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
    ("read", "people"): ["admin", "auditor"],
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
    ("grant", "people"): ["admin"],
    ("revoke", "people"): ["admin"],
    ("end", "people"): ["admin"],
    ("review", "access_log"): ["compliance_officer", "privacy_officer"],
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
        return self.since <= TODAY and (self.to is None or TODAY <= self.to)


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
            return not h.sites or bool({*h.sites} & {*TOOLS[self.tool]})
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
    return msgspec.json.decode(raw, type=Fact)


@pytest.fixture(scope="module")
def system(store, tmp_path_factory):
    """Give a store of three tools with everybody declared, and its path."""
    where = tmp_path_factory.mktemp("system") / "ledger"
    reader, (there, pen) = open_reader(store), open_ledger(where)
    facts = [entry.fact for entry in reader.entries()]
    few = [f for n, f in enumerate(facts) if n < 90 or is_kept(f)]
    pen.append([renamed(fact, tool, sites) for tool, sites in TOOLS.items() for fact in few])
    pen.close()
    there.close()
    reader.close()
    with open_books(where) as books:
        first = {"people": [as_yaml("first-admin", [Holds("admin")])]}
        declare(books, msgspec.convert(first, PeopleDeclared), Voice("whoever-opens-the-store"))
        told = {"people": [as_yaml(name, holds) for name, holds in PEOPLE.items()]}
        declare(books, msgspec.convert(told, PeopleDeclared), Voice("first-admin"))
        body = {"type": "departed/1", "person": "has-left"}
        by = By("first-admin", via="cli")
        books.write([Fact(kind="said", key="left", at=books.at, by=by, body=body)])
        body = {"type": "viewed/1", "person": "x", "purpose": "audit", "page": "/facts/{index}"}
        books.write([Fact(kind="acted", key="looked", at=books.at, by=by, body=body)])
    return where


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
        """Ask the app one thing, over ASGI itself: a client of its own would take most of the time."""
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
        heard = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            heard.append(message)

        await self.app(scope, receive, send)
        told = {k.decode(): v.decode() for k, v in heard[0]["headers"]}
        text = b"".join(m.get("body", b"") for m in heard[1:]).decode()
        return Answer(heard[0]["status"], told, text)


@pytest.fixture(scope="module")
def house(system):
    clock, reader = Standing(), open_reader(system)
    made = Parts(
        reader=reader,
        history=History(reader),
        store=system,
        folders={},
        clock=clock,
        sessions=Sessions(clock),
        verifying=Verifying(system, clock, run=lambda _store: Verified(TODAY, True, "it holds", 1)),
        people=PeopleActions(system),
    )
    found = House(made)
    for person in PEOPLE:
        found.sign_in(person)
    yield found
    made.drawing.close()
    found.loop.close()


class Standing:
    """A clock that stands."""

    def now(self):
        return datetime(2026, 10, 13, 8, 0, tzinfo=UTC)


def all_asks(parts):
    """List everything there is to ask: every page for everything it can be about, every form."""
    lists = [("/", "evidence"), ("/use-cases", "portfolio"), ("/committee", "minutes"),
             ("/audit", "ledger")]  # fmt: skip
    found = [Asks(path, "read", kind, part=True) for path, kind in lists]
    found += [Asks("/practice", "train", "card", part=True), Asks("/audit", "verify", "ledger", form={})]
    for tool, sites in TOOLS.items():
        found += of_tool(tool, sites)
    found += [of_fact(entry) for entry in one_of_each(parts.reader)]
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


KIND_OF = {
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
    return Asks(f"/facts/{entry.index}", "read", kind, fact.use_case, fact.site)


def is_open(answer, asks):
    """Tell whether the app let somebody in: a patient's page asks what for, and that is open."""
    if answer.status_code == 403:
        return "What do you look at this for?" in answer.text and "and must" not in only(answer)
    if asks.path == "/" and answer.status_code == 303:
        return False  # led to what is theirs
    if asks.kind == "item":
        return answer.status_code == 404  # there is no such packet, for who may know
    return answer.status_code not in (401, 404)


def only(answer):
    """Give what may be chosen where nothing but break-glass may."""
    return "" if answer.text.count("<option") > 1 else answer.text


def leaks(answer, person, asks):
    """Name what somebody was shown of sites and tools that are not theirs to see."""
    if answer.status_code != 200:
        return []
    now = [h for h in PEOPLE[person] if h.is_today]
    now = [h for h in now if h.role in BY_HAND[asks.verb, asks.kind]]
    seen = {
        (tool, site)
        for tool, sites in TOOLS.items()
        for site in sites
        for h in now
        if (not h.sites or site in h.sites) and (not h.tools or tool in h.tools)
    }
    tools, sites = {t for t, _ in seen}, {s for _, s in seen}
    if asks.tool is not None:
        sites = {s for t, s in seen if t == asks.tool}
        tools = {asks.tool}
    text = answer.text
    told = [tool for tool in TOOLS if tool not in tools and tool in text]
    return told + [site for site in SITES if site not in sites and site in text]


def check(house, n):
    """Ask so many things of so many people; give the figures and what was wrong."""
    asks, dice = all_asks(house.parts), random.Random(20)
    pairs = [(person, each) for person in PEOPLE for each in asks]
    if n < len(pairs):
        pairs = dice.sample(pairs, n)
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
        found = leaks(answer, person, each)
        asked["looked"] += answer.status_code == 200
        wrong += [(person, each.path, "shows", name) for name in found]
    return asked, wrong


def is_vendors_past(asks, holds):
    """A vendor is told of no past day: two of them would give away a small cell."""
    return "as_of" in asks.path and all(h.role == "vendor" for h in holds)


def test_nobody_sees_or_does_what_is_not_theirs(house):
    asked, wrong = check(house, 4_000)

    assert not wrong, (len(wrong), wrong[:12])
    assert asked["open"] > 400
    assert asked["refused"] > 400
    assert asked["looked"] > 300
