"""A pilot's weekly cap is counted from what was shown, also by a process that is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from attending.clock import ReplayClock, stamp
from attending.facts.entry import Entry
from attending.facts.fact import By, Fact
from attending.facts.snapshot import Exposure
from attending.serve.cases import Cases

NOW = datetime(2026, 10, 14, 8, 0, tzinfo=UTC)  # a Wednesday
MONDAY = datetime(2026, 10, 12, tzinfo=UTC)


class Ledger:
    def __init__(self):
        self.facts = []
        self.n_read = 0

    def served(self, patient, at, *, display="shown", key=None, site="alder"):
        body = {"type": "prediction/1", "patient": patient, "display": display}
        key = key or f"g1/{len(self.facts)}/served"
        about = {"use_case": "kidney_watch", "site": site}
        fact = Fact(kind="served", key=key, at=stamp(at), by=By("g1"), body=body, **about)
        self.facts.append(fact)

    def size(self):
        return len(self.facts)

    def entries(self, start=0, *, kinds=(), use_case=None):
        for index in range(start, len(self.facts)):
            self.n_read += 1
            yield Entry(index, self.facts[index])


def entry(site="alder", cap=3):
    return Exposure("kidney_watch", site, "*", "r1", "live", weekly_case_cap=cap)


@pytest.fixture
def ledger():
    return Ledger()


def admitted(cases, *patients, cap=3, site="alder"):
    return [p for p in patients if cases.admit("kidney_watch", site, p, cap=cap)]


def test_what_an_earlier_process_showed_this_week_counts(ledger):
    for patient in ("p1", "p1", "p2"):
        ledger.served(patient, NOW - timedelta(days=1))
    cases = Cases(ReplayClock(NOW), ledger)
    cases.count([entry()])
    assert admitted(cases, "p3", "p4", "p1") == ["p3", "p1"]


def test_last_week_another_site_and_what_was_corrected_do_not_count(ledger):
    ledger.served("p1", MONDAY - timedelta(minutes=1))
    ledger.served("p2", NOW, site="birch")
    ledger.served("p3", NOW, display="silent")
    ledger.served("p4", NOW, key="corrected")
    ledger.served("p4", NOW, key="corrected", display="suppressed")
    cases = Cases(ReplayClock(NOW), ledger)
    cases.count([entry()])
    assert admitted(cases, "p5", "p6", "p7", "p8") == ["p5", "p6", "p7"]


def test_a_cap_that_was_not_counted_admits_nobody(ledger):
    cases = Cases(ReplayClock(NOW), ledger)
    assert admitted(cases, "p1") == []
    assert admitted(cases, "p1", cap=None) == ["p1"]
    cases.count([entry()])
    assert admitted(cases, "p1", "p2", "p3", "p4") == ["p1", "p2", "p3"]


def test_only_this_weeks_facts_are_read_and_only_once(ledger):
    for i in range(5000):
        ledger.served(f"old{i}", MONDAY - timedelta(days=7))
    ledger.served("p1", NOW)
    cases = Cases(ReplayClock(NOW), ledger)
    for _ in range(5):
        cases.count([entry(), entry(cap=None, site="birch")])
    assert ledger.n_read < 50
    assert admitted(cases, "p2", "p3", "p4") == ["p2", "p3"]


def test_the_week_turns_on_monday_in_utc(ledger):
    clock = ReplayClock(NOW)
    cases = Cases(clock, ledger)
    cases.count([entry()])
    assert admitted(cases, "p1", "p2", "p3", "p4") == ["p1", "p2", "p3"]
    clock.advance(timedelta(days=4, hours=15, minutes=59))
    assert admitted(cases, "p5") == []
    clock.advance(timedelta(minutes=1))
    assert admitted(cases, "p5") == ["p5"]


def test_what_is_taken_back_makes_room_once(ledger):
    cases = Cases(ReplayClock(NOW))
    assert admitted(cases, "p1", "p1", cap=1) == ["p1", "p1"]
    cases.take_back("kidney_watch", "alder", "p1")
    assert admitted(cases, "p2", cap=1) == []
    cases.take_back("kidney_watch", "alder", "p1")
    cases.take_back("kidney_watch", "alder", "p1")
    assert admitted(cases, "p2", cap=1) == ["p2"]
