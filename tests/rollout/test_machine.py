"""Rollouts driven at random, watched by somebody who never asks the platform's heads.

The watcher keeps books of its own: what people did, what the sites reported, what each
gateway would show at this moment. From those alone it says whether what is shown was
earned (P2), whether stopping stopped (P3), and whether what was suspended stayed so (P4).
Twelve defects are planted, one at a time, to see that the watcher is awake.
"""

from __future__ import annotations

import copy
import math
import shutil
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from attending.act import carry_out as act
from attending.act.moves import advance as advance_move
from attending.act.moves import lift as lift_move
from attending.decide import plan as planner
from attending.decide import sign_offs
from attending.decide import standing as standings
from attending.decide.gates import enough_outcomes, evidence_fresh, no_worse_than
from attending.decide.interlock import Interlock
from attending.decide.interlocks import (
    expands_on_stale_evidence,
    goes_live_from_suspended,
    inside_a_freeze,
    monitoring_silent,
    outcomes_incomplete,
    unsettled_gate,
)
from attending.errors import GateNotMet, Refused
from attending.facts import fact
from attending.facts.cells import Cells, Design, Side, Sums
from attending.facts.plan import ordered
from attending.loops import carry_out, say
from attending.measure.outcomes import risk_ratio as ratio
from attending.serve.exposure import Lapsed

STEPS, EXAMPLES = 50, 450  # some examples end early
AT_LEAST = 20_000

# --- what the watcher knows -----------------------------------------------------------------

SHARE = {"gate": 0.05 / 4, "safety": 0.05 / 4}  # four scopes: three sites and all
FLOOR, GOAL, STOP = 1.25, 0.9, 1.74
DAY_ZERO = datetime(2000, 1, 1, tzinfo=UTC)
ROLES = {
    "chair": {"committee_chair", "cmio"},
    "cmio": {"cmio", "committee_member"},
    "member": {"committee_member"},
    "author": {"committee_chair", "committee_member"},
    "owner": set(),  # sits on the committee, but owns the tool
    "nurse": set(),
}
WAVES = {
    "pilot": (("Alder",), 0.0, {"committee_chair": 1, "cmio": 1}),
    "fifth": (("Alder", "Birch"), 0.2, {"committee_chair": 1}),
    "rest": (("Alder", "Birch", "Elm"), 1.0, {"committee_member": 2}),
}
ORDER = tuple(WAVES)
MINIMUM_DAYS, FRESH_DAYS, PLAN_DAYS, LEAST = 3, 7, 7, 50
PILOTS = {"5a" * 16, "7c" * 16}
FREEZE = ("2000-04-24", "2000-04-29")


@lru_cache(maxsize=100_000)
def ln_e(k, n, null, toward, share):
    """Weigh the arm of each event: k of n events lay in the alerted arm."""
    arms = {"alerted": Sums(n=n, sn=float(k)), "usual": Sums(n=n, sn=float(n - k))}
    cells = Cells("m", "s", arms, None, None, "", design=Design("alerted", "usual", 0.5))
    return ratio.weigh(cells, Side(null, toward, share))


class Watcher:
    """Books kept apart from the platform's."""

    def __init__(self, sites):
        self.sites = sites
        self.days = {}  # site -> {day: report}
        self.ever_met = Counter()
        self.signed = []  # (digest, role, person), in order
        self.plans = {}  # digest -> (moment, author, receipts then)
        self.opened = {}  # wave -> day
        self.allowed = {}  # place -> (share, users): what has been earned
        self.suspended = set()
        self.holds = {}  # key -> places suspended with it

    def totals(self, site):
        n = alerted = usual = lost = 0
        for of, a, u, missing in self.days.get(site, {}).values():
            n, alerted, usual, lost = n + 2 * of, alerted + a, usual + u, lost + missing
        return n, alerted, usual, lost

    def report(self, site, day, numbers):
        self.days.setdefault(site, {})[day] = numbers
        _, alerted, usual, _ = self.totals(site)
        if ln_e(alerted, alerted + usual, FLOOR, GOAL, SHARE["gate"]) >= math.log(
            1 / SHARE["gate"]
        ):
            self.ever_met[site] += 1

    def last_day(self, site):
        return max(self.days.get(site, {}), default=-math.inf)

    def proven(self, site, day):
        """Say what is wanting at a site; nothing where every gate is met, fresh, complete."""
        n, alerted, usual, lost = self.totals(site)
        wanting = []
        if not self.ever_met[site]:
            wanting.append("never shown to be no worse")
        against = ln_e(alerted, alerted + usual, FLOOR, FLOOR**2 / GOAL, SHARE["gate"])
        if against >= math.log(1 / SHARE["gate"]):
            wanting.append("shown to be worse")
        if n < LEAST:
            wanting.append("too few")
        if n < 0.95 * (n + lost):
            wanting.append("incomplete")
        if day - self.last_day(site) > FRESH_DAYS:
            wanting.append("stale")
        return wanting

    def beyond(self, places):
        """Say whether harm beyond the floor is shown in these sites together."""
        totals = [self.totals(site) for site in places]
        k, n = sum(t[1] for t in totals), sum(t[1] + t[2] for t in totals)
        return ln_e(k, n, FLOOR, STOP, SHARE["safety"]) >= math.log(1 / SHARE["safety"])

    def signatures(self, digest, wanted, author):
        """Count who signed for each role: each person once, in the first role they may fill."""
        filled, used = Counter(), set()
        for named, role, person in self.signed:
            may = role in ROLES.get(person, ()) and person not in (author, "owner")
            if named == digest and role in wanted and may and person not in used:
                used.add(person)
                filled[role] += 1
        return [role for role, n in wanted.items() if filled[role] < n]

    def hold(self, key, places=()):
        self.holds[key] = set(places)

    def resume(self, scope_of):
        self.holds = {
            k: places
            for k, places in self.holds.items()
            if (places & self.suspended) or not scope_of(k)
        }

    def why_not(self, digest, plan, moment, receipts):
        """Say everything that forbids what was just applied."""
        made_at, author, then = self.plans[digest]
        day = (moment - DAY_ZERO).days
        wrong = []
        if any((c["site"], c["unit"]) in self.suspended for c in plan["changes"]):
            wrong.append("P4: it changes what is suspended")
        if then != receipts:
            wrong.append("P2: something was done since the plan was made")
        if moment > made_at + timedelta(days=PLAN_DAYS):
            wrong.append("P2: the plan is too old")
        live = [c for c in plan["changes"] if c["mode"][1] == "live"]
        if live:
            wrong += self.unasked(digest, plan["wave"], author)
            wrong += self.ill_timed(plan["wave"], live, moment)
            wrong += self.unproven(plan["wave"], live, day)
        return wrong

    def unasked(self, digest, wave, author):
        if wanting := self.signatures(digest, WAVES[wave][2], author):
            yield f"P2: nobody counts as {wanting}"

    def ill_timed(self, wave, live, moment):
        place, day = ORDER.index(wave), (moment - DAY_ZERO).days
        sites, share, _ = WAVES[wave]
        earlier = ORDER[:place]
        if self.holds:
            yield f"P2: held by {sorted(self.holds)}"
        if FREEZE[0] <= f"{moment:%Y-%m-%d}" <= FREEZE[1]:
            yield "P2: in a freeze"
        if any(name not in self.opened for name in earlier):
            yield "P2: a wave was skipped"
        elif place and wave not in self.opened and day - self.opened[earlier[-1]] < MINIMUM_DAYS:
            yield "P2: too soon"
        if any(c["share"][1] > share or c["site"] not in sites for c in live):
            yield "P2: more than the wave"

    def unproven(self, wave, live, day):
        place = ORDER.index(wave)
        proof = [c["site"] for c in live]
        if wave not in self.opened:
            proof = WAVES[ORDER[place - 1]][0] if place else ()
        for site in proof:
            yield from (f"P2: {site}: {why}" for why in self.proven(site, day))
        for change in live:
            if day - self.last_day(change["site"]) > FRESH_DAYS:
                yield f"P2: {change['site']} does not report"
            if self.beyond([change["site"]]) or self.beyond(self.sites):
                yield "P2: past a safety limit"


# --- the machine ----------------------------------------------------------------------------

# What spoils a site for good is left to rules of its own: else nothing would ever be proven.
REPORT = st.sampled_from(["good"] * 8 + ["short", "thin", "none", "none"])
PEOPLE = st.sampled_from(sorted(ROLES))


SIGNERS = {  # as chair, as CMIO, and as two members
    "enough": ("chair", "cmio", "member", "cmio"),
    "author": ("author", "cmio", "author", "member"),
    "owner": ("owner", "cmio", "owner", "member"),
    "one": ("chair", "chair", "member", "member"),
}


class Violation(AssertionError):  # noqa: N818  what is broken is a promise
    """A promise was broken."""


def machine(making, specs, phases, tally):  # noqa: C901  a class that knows its town
    """Give the machine's class; `phases` are stores to start from, by name."""

    class Rollouts(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.stack = ExitStack()
            self.said = self.read_to = 0
            self.done, self.made = [], {}

        @initialize(phase=st.sampled_from(sorted(phases)))
        def begin(self, phase):
            store, sums, day, watcher = phases[phase]
            here = Path(self.stack.enter_context(making.fast_folder())) / "store"
            shutil.copytree(store, here)
            self.town = making.town(specs, here, day=day, sums=copy.deepcopy(sums))
            self.stack.callback(self.town.close)
            self.watcher = copy.deepcopy(watcher)
            self.known = list(self.watcher.plans)

        def teardown(self):
            self.stack.close()

        # what happens

        @rule(reports=st.lists(st.tuples(REPORT, REPORT, REPORT), min_size=1, max_size=4))
        def days_pass(self, reports):
            for each in reports:
                self.town.pass_day(each)
                for site, word in zip(making.sites, each, strict=True):
                    if making.reports[word] is not None:
                        self.watcher.report(site, self.town.day, making.reports[word])

        @rule(n=st.integers(1, 10))
        def silent_days_pass(self, n):
            self.town.clock.advance(timedelta(days=n))

        def good_days_pass(self):
            self.days_pass([("good", "good", "good")] * 3)

        @rule(site=st.sampled_from([0, 1, 2, None, None, None]), n=st.integers(3, 6))
        def bad_days_at_a_site(self, site, n):
            if site is None:
                return
            each = ["good", "good", "good"]
            each[site] = "bad"
            self.days_pass([tuple(each)] * n)
            self.loop_turn()

        @rule(site=st.sampled_from([0, 0, 1]))
        def outcomes_are_lost_at_a_site(self, site):
            each = ["good", "good", "good"]
            each[site] = "lost"
            self.days_pass([tuple(each)] * 2)

        @rule()
        def loop_turn(self):
            before = self.receipts()
            try:
                self.town.turn()
            except Refused as error:
                raise Violation(f"P3: a turn came to nothing: {error}") from error
            self.book(before)
            self.learn()
            self.count()
            day = self.town.day
            if self.town.listeners.deaf:
                return
            for scope in [*([s] for s in making.sites), list(making.sites)]:
                shown = [p for p in self.shown("g1") if p[0] in scope]
                if self.watcher.beyond(scope) and shown:
                    raise Violation(f"P3: harm is shown at {scope} on day {day}, and {shown} live")

        @rule(gateway=st.sampled_from(["g1", "g2"]), deaf=st.booleans())
        def a_gateway_goes_deaf_or_hears(self, gateway, deaf):
            (self.town.listeners.deaf.add if deaf else self.town.listeners.deaf.discard)(gateway)

        # what people do

        @rule(by=st.sampled_from(["author", "engineer"]))
        def plan(self, by):
            self.learn()
            made = self.town.plan(by=by)
            self.count()
            self.learn()
            if made is not None and made[0] in self.known:  # what was asked for last, last
                self.known.remove(made[0])
                self.known.append(made[0])

        def learn(self):
            """Note every new plan, and who made it first: somebody, or a loop."""
            receipts = self.receipts()
            for digest, (author, _) in self.made.items():
                if digest not in self.watcher.plans:
                    self.watcher.plans[digest] = (self.town.clock.now(), author, len(receipts))
                    if not self.asks_nobody(digest):
                        self.known.append(digest)

        def asks_nobody(self, digest):
            return self.made[digest][1]["cause"] in ("person", "caution", "safety")

        @rule(data=st.data(), person=PEOPLE, times=st.integers(1, 2))
        def sign(self, data, person, times):
            digest = self.some_plan(data)
            role = data.draw(st.sampled_from(["committee_chair", "cmio", "committee_member"]))
            for _ in range(times if digest else 0):
                self.sign_as(digest, role, person)

        @rule(
            data=st.data(),
            chair=st.sampled_from(["chair", "author", "owner"]),
            cmio=st.sampled_from(["cmio", "chair", "owner"]),
            members=st.lists(st.sampled_from(["cmio", "member", "author"]), max_size=3),
        )
        def sign_what_is_asked(self, data, chair, cmio, members):
            """Sign in every role there is, by people of whom not all may."""
            digest = self.some_plan(data)
            pairs = [(chair, "committee_chair"), (cmio, "cmio")]
            pairs += [(member, "committee_member") for member in members]
            for person, role in pairs if digest else ():
                self.sign_as(digest, role, person)

        def sign_as(self, digest, role, person):
            self.watcher.signed.append((digest, role, person))
            self.attempt(lambda: self.town.sign(digest, role, person))
            self.count()

        @rule(data=st.data())
        def apply(self, data):
            digest = self.some_plan(data)
            if digest:
                self.apply_one(digest)

        @rule(by=st.sampled_from(["author", "engineer"]))
        def a_good_step(self, by):
            self.good_days_pass()
            self.loop_turn()
            self.plan_sign_and_apply(by, "enough", "")

        @rule(
            by=st.sampled_from(["author", "engineer"]),
            who=st.sampled_from(["enough", "enough", "author", "owner", "one"]),
            after=st.sampled_from(["days", "", "", "lost", "hold", "wait", "dull", "dull"]),
        )
        def a_step(self, by, who, after):
            self.plan_sign_and_apply(by, who, after)

        def plan_sign_and_apply(self, by, who, after):
            """Take the next step whole, signed by people who may or by some who may not."""
            if after == "dull":
                self.days_pass([("short", "short", "short")] * 3)
            elif after:
                self.good_days_pass()
            if after == "lost":
                self.outcomes_are_lost_at_a_site(0)
            if after == "hold":
                self.stop("hold", "all", "nurse")
            self.plan(by)
            chair, cmio, first, second = SIGNERS[who]
            if self.known:
                self.sign_as(self.known[-1], "committee_chair", chair)
                self.sign_as(self.known[-1], "cmio", cmio)
                self.sign_as(self.known[-1], "committee_member", first)
                self.sign_as(self.known[-1], "committee_member", second)
                if after == "wait":
                    self.silent_days_pass(8)
                self.apply_one(self.known[-1])

        def apply_one(self, digest):
            self.count()
            receipts = self.receipts()
            if self.attempt(lambda: self.town.apply(digest)) is None:
                tally["refused"] += 1
                return
            plan = self.plan_of(digest)
            tally[f"applied {plan['wave'] or 'silent'}"] += 1
            if digest in self.watcher.plans:
                wrong = self.watcher.why_not(digest, plan, self.town.clock.now(), len(receipts))
                if wrong:
                    raise Violation("; ".join(wrong))
            self.earn(plan)
            self.book(receipts, applied=True)

        @rule(
            verb=st.sampled_from(["hold", "suspend", "", "", "", ""]),
            scope=st.sampled_from(["all", "Alder", "Birch"]),
            person=PEOPLE,
        )
        def stop(self, verb, scope, person):
            if not verb:
                return
            before = self.receipts()
            if not self.town.folded.known:
                return
            try:
                self.town.say(verb, scope, person)
            except Refused as error:
                if scope in {s for s, _ in self.town.standing.spots} | {"all", *making.sites}:
                    raise Violation(f"P3: {verb} was refused: {error}") from error
            self.count()
            places = [p for p in self.places() if scope in ("all", p[0])]
            key = f"said/{self.said}/{scope}"
            self.said += 1
            self.watcher.hold(key, places if verb == "suspend" else ())
            tally[verb] += 1
            if verb == "suspend":
                self.watcher.suspended |= set(places)
                for place in places:
                    self.watcher.allowed.pop(place, None)
                self.check_suspended_at_once(places)
            self.book(before, applied=True)

        @rule(
            gateway=st.sampled_from(["g1", "g2", "", "", "", "", "", ""]),
            scope=st.sampled_from(["all", "Alder"]),
        )
        def suspend_while_a_gateway_is_deaf(self, gateway, scope):
            if not gateway:
                return
            self.loop_turn()
            self.town.listeners.deaf.add(gateway)
            self.stop("suspend", scope, "nurse")

        def check_suspended_at_once(self, places):
            for name in self.town.listeners.each:
                live = set(self.shown(name)) & set(places)
                if live and name not in self.town.listeners.deaf:
                    raise Violation(f"P3: {name} still shows {live}")

        @rule(scope=st.sampled_from(["all", "Alder", "Birch"]), person=PEOPLE)
        def resume(self, scope, person):
            before = self.receipts()
            if self.attempt(lambda: self.town.say("resume", scope, person)):
                self.watcher.resume(lambda key: scope == "all" or key.rsplit("/", 1)[-1] == scope)
                self.book(before, applied=True)
            self.count()

        @rule(scope=st.sampled_from(["all", "Alder", "Birch"]), person=PEOPLE)
        def lift(self, scope, person):
            before = self.receipts()
            if self.attempt(lambda: self.town.say("lift", scope, person)):
                tally["lift"] += 1
                self.watcher.suspended -= {
                    p for p in self.watcher.suspended if scope in ("all", p[0])
                }
                self.book(before, applied=True)
            self.count()

        @rule()
        def put_right(self):
            """Lift and resume all that can be: else most rollouts would soon stand still."""
            self.lift("all", "nurse")
            self.resume("all", "nurse")

        # what must be so

        @invariant()
        def nothing_is_shown_that_was_not_earned(self):
            tally["steps"] += 1
            waited = self.town.standing.not_confirmed(self.town.clock.now())
            for name in self.town.listeners.each:
                for place, (share, users) in self.shown(name).items():
                    earned = self.watcher.allowed.get(place)
                    if name in waited or (earned and share <= earned[0] and users <= earned[1]):
                        continue
                    which = "P3/P4" if place in self.watcher.suspended else "P2"
                    raise Violation(f"{which}: {name} shows {place} {share} {users}: {earned}")

        # bookkeeping

        def count(self):
            tally["acts"] += 1

        def attempt(self, what):
            try:
                return what()
            except Refused:
                return None

        def some_plan(self, data):
            return data.draw(st.sampled_from(self.known[-3:])) if self.known else None

        def receipts(self):
            """Give every receipt so far; a ledger only grows, so it is read on from here."""
            for entry in self.town.reader.entries(self.read_to):
                self.read_to = entry.index + 1
                if entry.fact.type == "receipt/1":
                    self.done.append(entry.fact)
                elif entry.fact.type == "plan/1":
                    told = entry.fact
                    self.made.setdefault(told.body["digest"], (told.by.person, told.body["plan"]))
            return list(self.done)

        def plan_of(self, digest):
            self.receipts()
            return self.made[digest][1]

        def places(self):
            return set(self.town.standing.spots)

        def shown(self, gateway):
            """Give what this gateway would show now, asked as a request asks it."""
            exposures, now = self.town.listeners.each[gateway], self.town.clock.now()
            found = {}
            for entry in exposures.entries():
                there = exposures.standing("falls", entry.site, entry.unit, now=now)
                if there is not None and not isinstance(there, Lapsed) and there.mode == "live":
                    found[entry.site, entry.unit] = (there.share, set(there.users))
            return found

        def earn(self, plan):
            for change in plan["changes"]:
                place = (change["site"], change["unit"])
                if change["mode"][1] == "live":
                    _, share, _ = WAVES[plan["wave"]]
                    self.watcher.allowed[place] = (share, PILOTS)
                else:
                    self.watcher.allowed.pop(place, None)
            if plan["wave"]:
                self.watcher.opened.setdefault(plan["wave"], self.town.day)

        def book(self, before, *, applied=False):
            """Take receipts nobody asked for into the books: only stopping needs no asking."""
            for receipt in self.receipts()[len(before) :]:
                body = receipt.body
                live = [c for c in body["changes"] if c["mode"][1] == "live"]
                if live and not applied:
                    raise Violation("P2: a loop widened what nobody applied")
                gone = [
                    (c["site"], c["unit"]) for c in body["changes"] if c["mode"][1] == "suspended"
                ]
                if body["cause"] in ("caution", "safety"):
                    tally[body["cause"]] += 1
                    self.watcher.hold(f"{body['answers']}/{body['scope']}", gone)
                self.watcher.suspended |= set(gone)
                for place in gone:
                    self.watcher.allowed.pop(place, None)

    return Rollouts


@pytest.fixture(scope="module")
def phases(making, specs):
    """Make the stores to start from: silent, piloted, a fifth; each by the same verbs."""
    made = {}
    with ExitStack() as stack:
        for name, walk in (
            ("new", lambda town: None),
            ("silent", making.town.listen),
            ("thin", lambda town: town.pilot("thin", "thin", "thin")),
            ("pilot", making.town.pilot),
            ("fifth", making.town.fifth),
        ):
            store = Path(stack.enter_context(making.fast_folder())) / "store"
            town = making.town(specs, store)
            walk(town)
            if town.standing.spots:  # whoever asks next makes the next plan
                town.say("hold")
                town.say("resume")
            watcher = Watcher(making.sites)
            for (site, day), numbers in sorted(town.sums.days.items(), key=lambda i: i[0][1]):
                watcher.report(site, day, numbers)
            for receipt in town.facts("receipt/1"):
                if receipt.body["wave"]:
                    watcher.opened[receipt.body["wave"]] = receipt.body["day"]
            for place, spot in town.standing.spots.items():
                if spot.mode == "live":
                    watcher.allowed[place] = (spot.share, PILOTS)
            town.sums.changed = set()
            sums, day = town.sums, town.day
            town.close()
            made[name] = (store, sums, day, watcher)
        yield made


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Leave out what decides nothing: ends of intervals, rounding; and weigh nothing twice."""
    monkeypatch.setattr(ratio, "ends", lambda *_: (None, None))
    monkeypatch.setattr(fact, "canonical", partial(msgspec.json.encode, order="sorted"))
    metric, weigh = ratio.risk_ratio, lru_cache(maxsize=200_000)(_weighed)
    object.__setattr__(metric, "weigh", lambda cells, side: weigh(*_counts(cells), side))
    yield
    object.__setattr__(metric, "weigh", ratio.weigh)


def _counts(cells):
    events = {arm: sums.sn for arm, sums in cells.by_arm.items()}
    return events.get("alerted", 0.0), events.get("alerted", 0.0) + events.get("usual", 0.0)


def _weighed(k, n, side):
    return ln_e(int(k), int(n), side.null, side.toward, side.share)


def drive(cls, examples, start=0):
    """Drive a machine at random from a given start, so that the same code does the same."""
    run_state_machine_as_test(
        seed(start)(cls),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            database=None,
            deadline=None,
            phases=(Phase.generate,),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(300)
def test_twenty_thousand_steps_break_no_promise(making, specs, phases):
    tally, started = Counter(), time.process_time()  # others may share this machine
    drive(machine(making, specs, phases, tally), EXAMPLES)
    seconds = time.process_time() - started
    steps = tally["steps"]
    print(f"{steps:,} steps in {seconds:.0f} s: {dict(sorted(tally.items()))}")
    assert steps >= AT_LEAST
    assert all(tally[f"applied {wave}"] > 9 for wave in WAVES), "the machine gets nowhere"


# --- planted defects ------------------------------------------------------------------------


def off(*modules):
    """Let interlocks pass everything."""
    return [
        patch.object(m, m.__name__.rpartition(".")[2], Interlock("", lambda _: ())) for m in modules
    ]


def always_met(*rules):
    """Let gates say `met` whatever they saw."""

    def kindly(judge):
        def say_met(asked, reading):
            return msgspec.structs.replace(judge(asked, reading), word="met")

        return say_met

    return [
        patch.object(m, name, replace(getattr(m, name), judge=kindly(getattr(m, name).judge)))
        for m in rules
        for name in [m.__name__.rpartition(".")[2]]
    ]


def checked(change):
    """Carry out plans by a check that is told something else."""
    check = act.check
    return patch.object(act, "check", lambda order, move: check(change(order), move))


def no_stale_check():
    return [*off(expands_on_stale_evidence, monitoring_silent), *always_met(evidence_fresh)]


def self_approval():
    who = sign_offs.signers
    nobody_barred = patch.object(carry_out, "signers", lambda *a: replace(who(*a), barred={}))
    return [nobody_barred]


def unsettled_counts_as_met():
    return [
        *off(unsettled_gate),
        patch.object(planner, "wanting", lambda *_, **__: ()),
        patch.object(planner, "waiting", lambda *_, **__: ()),
    ]


def read_back_skipped():
    write = act._receipt

    def all_is_well(order, move, snapshot, read_back):
        return write(order, move, snapshot, dict.fromkeys(read_back, snapshot.seq))

    return [patch.object(act, "_receipt", all_is_well)]


def suspended_goes_live_by_a_wave():
    move = replace(advance_move.advance, fits=lambda plan: bool(plan.wave))
    return [
        *off(goes_live_from_suspended),
        patch.object(act, "_check_suspended", lambda _: None),
        patch.object(standings, "_tied", lambda *_: False),
        patch.object(advance_move, "advance", move),
    ]


def hold_has_no_effect():
    after = standings._after_order

    def deaf(standing, fact, verb):
        return standing if verb == "hold" else after(standing, fact, verb)

    return [patch.object(standings, "_after_order", deaf)]


def valid_until_is_ignored():
    return [checked(lambda order: replace(order, now=DAY_ZERO))]


def parent_is_ignored():
    after = standings._after_receipt

    def keeps(standing, fact):
        return replace(after(standing, fact), pending=standing.pending)

    def fits(order):
        plan = order.plan
        return replace(order, parent=plan.parent, state_digest=plan.state_digest)

    return [patch.object(standings, "_after_receipt", keeps), checked(fits)]


def a_freeze_blocks_suspending():
    check = act.check

    def frozen(order, move):
        if FREEZE[0] <= f"{order.now:%Y-%m-%d}" <= FREEZE[1]:
            raise GateNotMet("in a freeze")
        check(order, move)

    return [patch.object(act, "check", frozen)]


def lift_makes_live():
    moved = planner._moved

    def straight_to_live(order):
        return tuple(
            msgspec.structs.replace(c, mode=(c.mode[0], "live")) if order.verb == "lift" else c
            for c in moved(order)
        )

    move = replace(lift_move.lift, fits=lambda plan: ordered(plan) == "lift")
    return [
        patch.object(planner, "_moved", straight_to_live),
        patch.object(act, "_check_suspended", lambda _: None),
        patch.object(lift_move, "lift", move),
    ]


def a_signature_counts_twice():
    count = sign_offs.counted

    def twice(plan, signed, who):
        return {
            r: (*p, *(f"{each} again" for each in p)) for r, p in count(plan, signed, who).items()
        }

    def short(plan, signed, who):
        have = twice(plan, signed, who)
        return tuple(r.role for r in plan.requires if len(have[r.role]) < r.n)

    return [patch.object(carry_out, "counted", twice), patch.object(carry_out, "missing", short)]


def one_person_fills_two_roles():
    refuse = sign_offs.refusal

    def alone(plan, signed, new, who):
        return refuse(plan, [s for s in signed if s.person != new.person], new, who)

    return [patch.object(sign_offs, "refusal", alone), patch.object(say, "refusal", alone)]


def completeness_is_ignored():
    return [
        *off(outcomes_incomplete),
        patch.object(no_worse_than, "complete", lambda _: True),
        patch.object(enough_outcomes, "complete", lambda _: True),
    ]


def a_freeze_is_ignored():
    return off(inside_a_freeze)


def monitoring_may_be_silent():
    return off(monitoring_silent)


def a_crossed_limit_is_not_answered():
    crossed = planner._crossed

    def blind(wanted, seen, listed):
        return () if listed == "safety_limit" else crossed(wanted, seen, listed)

    return [patch.object(planner, "_crossed", blind)]


# Each with the start from which it shows soon; from another it takes longer, and a change of
# the platform or of Hypothesis may cost some thousand steps, but never the finding.
DEFECTS = {
    no_stale_check: 2,
    self_approval: 2,
    unsettled_counts_as_met: 7,
    read_back_skipped: 0,
    suspended_goes_live_by_a_wave: 0,
    hold_has_no_effect: 0,
    valid_until_is_ignored: 5,
    parent_is_ignored: 6,
    a_freeze_blocks_suspending: 0,
    lift_makes_live: 1,
    a_signature_counts_twice: 20,
    one_person_fills_two_roles: 1,
    completeness_is_ignored: 1,
    a_freeze_is_ignored: 0,
    monitoring_may_be_silent: 2,
    a_crossed_limit_is_not_answered: 6,
}


@pytest.mark.parametrize(
    ("defect", "start"), [pytest.param(*each, id=each[0].__name__) for each in DEFECTS.items()]
)
@pytest.mark.timeout(300)
def test_a_planted_defect_is_caught(making, specs, phases, defect, start):
    tally = Counter()
    with ExitStack() as stack:
        for each in defect():
            stack.enter_context(each)
        with pytest.raises(Violation) as caught:
            drive(machine(making, specs, phases, tally), EXAMPLES, start)
    print(f"{defect.__name__}: after {tally['steps']} steps; {caught.value}")
