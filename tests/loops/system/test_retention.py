"""What is due is erased by two people, what is needed stays, and every proof still holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from attending.clock import ReplayClock
from attending.errors import GateNotMet, NoSuchName, Refused, Stale
from attending.facts.evidence import Rule
from attending.facts.fact import By, Fact
from attending.facts.in_effect import EVER, in_effect
from attending.ledger.verify import verify
from attending.loops.books import Books
from attending.loops.system import retention
from attending.wiring import open_books

ONE, OTHER = By("privacy-officer", via="cli"), By("compliance-officer", via="cli")
BEGAN = datetime(2026, 1, 1, 8, tzinfo=UTC)
SCHEDULE = {"rule": "answers", "title": "t", "duty": "erase", "covers": ("prediction/1",),
            "of": "facts", "years": 10, "source": "s", "checked": "c"}  # fmt: skip
WHY = "a matter before a court"


def rule(**over):
    return Rule(**SCHEDULE | over)


def at(day):
    return (BEGAN + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def said(kind, key, body, *, day=0, use_case="watch", release=None, site=None):
    return Fact(kind=kind, key=key, at=at(day), by=By("x"), body=body, use_case=use_case,
                release=release, site=site)  # fmt: skip


def answer(n, **over):
    told = {"day": n, "site": "east", "release": "watch-1"} | over
    inputs = sha256(b"given %d" % n).hexdigest()
    body = {"type": "prediction/1", "prediction": f"p{n}", "display": "silent", "inputs": inputs}
    return said("served", f"g/{n}", body, **told)


def decision(day=20, *, word="approved", until="2099-01-01", release="watch-1", packet="d" * 64):
    body = {"type": "decision/1", "release": release, "packet_digest": packet, "word": word,
            "valid_from": at(day)[:10], "expires_on": until}  # fmt: skip
    return said("decided", f"d/{day}/{release}", body, day=day, release=release)


def receipt(day, mode, release="watch-1"):
    change = {"site": "east", "unit": "*", "mode": ["off", mode], "release": [None, release]}
    body = {"type": "receipt/1", "plan": f"{day:064}", "changes": [change]}
    return said("acted", f"r/{day}", body, day=day)


class House:
    """Books over a store, with a clock that is set."""

    def __init__(self, store):
        self._opened = open_books(store)
        self.store = store
        self.clock = ReplayClock(BEGAN)
        self.books = Books(self._opened.reader, self._opened.pen, self.clock)

    def on(self, date):
        self.clock.advance(datetime.fromisoformat(f"{date}T08:00:00+00:00") - self.clock.now())
        return self

    def write(self, *facts, payloads=()):
        self.books.write(facts, payloads)

    def adopt(self, *rules):
        return retention.adopt(self.books, rules, ONE)

    def due(self):
        return {d.index: d.blocked for d in retention.listed(self.books).found}

    def erase(self, name="answers"):
        asked = retention.ask(self.books, name, ONE)
        return asked and retention.agree(self.books, asked.digest, OTHER)

    def there(self):
        return [e.fact.key for e in self.books.reader.entries()]

    def holds(self):
        self.books.pen.checkpoint()
        return verify(self.store).because == ""


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path / "s")
    made.write(*[answer(n) for n in range(6)], payloads=[b"given %d" % n for n in range(6)])
    yield made
    made.books.close()


def test_nothing_is_due_before_somebody_adopted_rules(house):
    assert house.on("2060-01-01").due() == {}
    with pytest.raises(NoSuchName):
        house.erase()
    assert house.adopt(rule()) is True
    assert house.adopt(rule()) is False
    assert len(house.due()) == 6


@pytest.mark.parametrize(("today", "n"), [("2036-01-03", 2), ("2036-01-04", 3), ("2036-01-01", 0)])
def test_a_fact_is_due_on_the_day_after_its_last(house, today, n):
    house.adopt(rule())

    assert [*house.on(today).due()] == [*range(n)]


def test_what_is_erased_leaves_a_gap_that_is_accounted_for_and_goes_once(house):
    house.adopt(rule())
    house.on("2036-01-04")
    asked = house.erase()

    assert (asked.indexes, len(asked.payloads)) == ((0, 1, 2), 3)
    assert [k for k in house.there() if k.startswith("g/")] == ["g/3", "g/4", "g/5"]
    assert all(house.books.reader.sealed(name) is None for name in asked.payloads)
    assert house.holds()
    size = house.books.reader.size()
    assert house.erase() is None
    assert retention.agree(house.books, asked.digest, OTHER) == asked
    assert house.books.reader.size() == size
    assert b"given 1" not in (house.store / "ledger.db").read_bytes()


def test_one_person_does_not_erase_and_nobody_agrees_to_what_was_not_asked(house):
    house.adopt(rule())
    asked = retention.ask(house.on("2040-01-01").books, "answers", ONE)

    with pytest.raises(GateNotMet, match="second person"):
        retention.agree(house.books, asked.digest, ONE)
    with pytest.raises(NoSuchName):
        retention.agree(house.books, "0" * 64, OTHER)
    assert len([k for k in house.there() if k.startswith("g/")]) == 6


@pytest.mark.parametrize(
    ("reach", "blocked"),
    [
        (("", ""), 6),
        (("watch", ""), 6),
        (("watch", "east"), 6),
        (("", "west"), 0),
        (("falls", ""), 0),
    ],
)
def test_a_legal_hold_blocks_what_it_reaches_until_it_is_lifted(house, reach, blocked):
    house.adopt(rule())
    house.on("2040-01-01")
    assert retention.place(house.books, "matter-7", ONE, why=WHY, reach=reach) is True
    assert retention.place(house.books, "matter-7", ONE, why=WHY, reach=reach) is False

    assert sum("legal hold matter-7" in b for b in house.due().values()) == blocked
    if blocked:
        with pytest.raises(GateNotMet, match="legal hold matter-7"):
            house.erase()
    assert retention.lift(house.books, "matter-7", OTHER, why=WHY) is True
    assert retention.lift(house.books, "matter-7", OTHER, why=WHY) is False
    assert {*house.due().values()} == {""}
    assert WHY.encode() not in (house.store / "ledger.db").read_bytes()


def test_a_hold_placed_before_the_second_person_agrees_is_obeyed(house):
    house.adopt(rule())
    house.write(answer(8, site="west"))  # what it was given was never sealed
    asked = retention.ask(house.on("2040-01-01").books, "answers", ONE)
    retention.place(house.books, "matter-7", OTHER, why=WHY, reach=("", "west"))

    with pytest.raises(Stale):
        retention.agree(house.books, asked.digest, OTHER)
    assert len([k for k in house.there() if k.startswith("g/")]) == 7


def test_a_hold_without_a_reason_or_a_name_is_refused(house):
    with pytest.raises(Refused, match="reason"):
        retention.place(house.books, "matter-7", ONE, why=" why ")
    with pytest.raises(Refused, match="name"):
        retention.place(house.books, " ", ONE, why=WHY)
    with pytest.raises(NoSuchName):
        retention.lift(house.books, "matter-8", ONE, why=WHY)


def test_a_longer_rule_blocks_a_shorter_one(house):
    house.adopt(rule(), rule(rule="floor", duty="keep", years=12))

    assert {*house.on("2037-01-01").due().values()} == {
        f"rule floor: until 2038-01-0{n}" for n in range(1, 7)
    }
    assert [b for b in house.on("2038-01-04").due().values() if not b] == [""] * 3


def test_a_floor_for_what_was_sealed_keeps_the_fact_and_one_for_the_fact_lets_go_of_it(house):
    sealed = rule(rule="inputs", of="payloads")
    house.adopt(sealed, rule(rule="floor", duty="keep", years=40))
    house.on("2040-01-01")
    asked = house.erase("inputs")
    assert (asked.indexes, len(asked.payloads)) == ((), 6)
    assert len([k for k in house.there() if k.startswith("g/")]) == 6
    assert house.books.reader.sealed(asked.payloads[0]) is None
    assert house.due() == {}
    assert house.holds()
    house.adopt(rule(), rule(rule="floor", duty="keep", of="payloads", years=40))
    assert all(b.startswith("rule floor") for b in house.due().values())


def test_what_a_decision_in_force_rests_on_is_never_erased(house):
    house.adopt(rule())
    house.write(answer(31, release="watch-0", day=1), decision())
    house.write(answer(30))
    house.on("2040-01-01")

    due = house.due()

    assert {i for i, b in due.items() if "decision in force" in b} == {*range(6)}
    assert {b for i, b in due.items() if i > 6} == {""}


@pytest.mark.parametrize(
    ("word", "until", "rests"),
    [("approved_with_conditions", "2099-01-01", True), ("approved", "2039-12-31", False),
     ("approved", "2040-01-01", True), ("declined", "2099-01-01", False)],
)  # fmt: skip
def test_a_decision_that_is_over_holds_nothing_back(house, word, until, rests):
    house.adopt(rule())
    house.write(decision(word=word, until=until))

    assert any(house.on("2040-01-01").due().values()) is rests


@pytest.mark.parametrize("mode", ["live", "silent", "suspended", "retired", "off"])
def test_what_a_release_in_use_rests_on_is_never_erased(house, mode):
    house.adopt(rule())
    house.write(receipt(9, "live"), receipt(10, mode))

    blocked = {*house.on("2040-01-01").due().values()}

    assert blocked == ({""} if mode in ("retired", "off") else {"watch-1 is still in use"})


def test_the_clock_runs_from_when_a_thing_was_last_in_effect_and_not_from_when_it_was_made(house):
    specs = [said("declared", f"s/{n}", {"type": "specs/1", "n": n}, day=365 * n) for n in range(3)]
    house.write(*specs)
    house.adopt(rule(covers=("specs/1",), years=6, counted_from="last_in_effect"))

    assert house.on("2032-01-02").due() == {}  # six years after the first was made
    assert house.on("2033-01-02").due() == {6: ""}  # six years after the second replaced it
    assert house.on("2090-01-01").due() == {6: "", 7: ""}  # the last is in effect for ever


def test_what_cannot_be_dated_or_accounts_for_an_erasure_is_never_erased(house):
    house.adopt(rule(covers=("*",), counted_from="last_in_effect", years=0))
    retention.place(house.books, "m", ONE, why=WHY)
    retention.lift(house.books, "m", ONE, why=WHY)
    house.on("2090-01-01")
    assert house.due() == {}
    house.adopt(rule(covers=("*",), years=1))
    kept = {e.index: e.fact.type for e in house.books.reader.entries()}
    free = {kept[i] for i, b in house.due().items() if not b}
    assert free == {"prediction/1"}


def test_a_vote_is_in_effect_as_long_as_the_decision_it_came_to(house):
    packet = {"type": "packet/1", "digest": "d" * 64}
    vote = {"type": "vote/1", "packet_digest": "d" * 64}
    house.write(said("decided", "p", packet), said("said", "v", vote), decision(20))
    entries = list(house.books.reader.entries())
    ends = in_effect(entries, "2027-01-01").ends
    assert {ends[6], ends[7], ends[8]} == {EVER}
    house.write(decision(400, packet="e" * 64))
    ends = in_effect(list(house.books.reader.entries()), "2028-01-01").ends
    assert {ends[6], ends[7], ends[8]} == {at(400)[:10]}
    assert ends[9] == EVER


def test_the_shipped_rules_are_read_and_each_says_where_it_comes_from(tmp_path, house):
    rules = retention.rules_in()

    assert {r.duty for r in rules} == {"keep", "erase"}
    assert all(r.source and r.checked and (r.years or r.months) for r in rules)
    house.adopt(*rules)
    assert house.on("2035-12-31").due() == {}
    assert len(house.on("2040-01-01").due()) == 6
    with pytest.raises(Refused):
        retention.rules_in(tmp_path)
    (tmp_path / "a.yaml").write_text("rule: a\ntitle: t\nduty: erase\nkeeps: 3\n")
    with pytest.raises(Refused, match="keeps"):
        retention.rules_in(tmp_path)
