"""The foot of a card says what was found at this hospital, in the report's own words."""

from __future__ import annotations

import pytest

from attending.facts.entry import Entry
from attending.facts.fact import By, Fact
from attending.facts.finding import Finding
from attending.serve.found_here import FoundHere, sentence

FIGURES = "4 of 60 shown the answer against 9 of 61 in usual care: 0.45 (0.12 to 1.62)."


def decided(day, because, *, scope="alder", release="r1", use_case="kidney_watch"):
    finding = {"scope": scope, "found": "cannot tell yet", "settled_on": None, "because": because}
    verdict = {"scope": scope, "metric": "outcomes.risk_ratio/dialysis"}
    body = {"type": "decided/1", "day": day, "findings": [finding], "verdicts": [verdict]}
    about = {"use_case": use_case, "release": release, "by": By("platform")}
    at = "2026-10-13T08:00:00.000Z"
    return Fact(kind="decided", key=f"{use_case}/{release}/{day}", at=at, body=body, **about)


class Ledger:
    def __init__(self, *facts):
        self.facts = list(facts)
        self.asked = []

    def size(self):
        return len(self.facts)

    def entries(self, start=0, *, kinds=(), use_case=None):
        self.asked.append(start)
        return iter([Entry(i, f) for i, f in enumerate(self.facts) if i >= start])


@pytest.mark.parametrize(
    ("because", "said"),
    [
        (
            f"{FIGURES} Cannot tell yet: if it is as good as 0.9, about 900 more cases would tell.",
            f"Cannot tell yet. Dialysis: {FIGURES}",
        ),
        (
            f"{FIGURES} Shown on day 248 to be no worse than 1.25 times usual care.",
            f"Shown on day 248 to be no worse than 1.25 times usual care. Dialysis: {FIGURES}",
        ),
        ("No figure yet: fewer than 5 events.", "No figure yet: fewer than 5 events."),
    ],
)
def test_the_answer_comes_before_its_figures(because, said):
    assert sentence(Finding("alder", "cannot tell yet", None, because), "Dialysis") == said


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ("good enough", "Good enough. Area: shown to be no worse than 0.77: 0.92 (0.88 to 0.94)."),
        ("not good enough", "Not good enough. Area: shown to be worse than 0.77: 0.71."),
        ("cannot tell yet", "Cannot tell yet. Area: cannot tell yet whether it is worse."),
    ],
)
def test_where_nothing_is_compared_the_word_comes_before_the_first_number(found, said):
    first = said.partition(". ")[2].removesuffix(".")
    because = f"{first}; 300 with the outcome and 975 without, settled on day 11. Observed: 1.0."

    assert sentence(Finding("alder", found, 11, because), "Sepsis") == said


def test_the_last_day_of_this_release_at_this_site_is_said(making):
    ledger = Ledger(decided(1, "One."), decided(2, f"{FIGURES} Cannot tell yet."))
    found = FoundHere(ledger, [making.use_case()])
    found.refresh()

    assert found.say("kidney_watch", "r1", "alder") == f"Cannot tell yet. Dialysis: {FIGURES}"
    assert found.say("kidney_watch", "r2", "alder") is None, "another release is another tool"
    assert found.say("kidney_watch", "r1", "birch") is None


def test_only_what_is_new_is_read(making):
    ledger = Ledger(decided(1, "One."), decided(1, "Else.", use_case="elsewhere"))
    found = FoundHere(ledger, [making.use_case()])
    found.refresh()
    ledger.facts.append(decided(2, "Two."))
    found.refresh()
    found.refresh()

    assert found.say("kidney_watch", "r1", "alder") == "Two."
    assert ledger.asked == [0, 2, 3]


def test_with_no_ledger_nothing_is_said():
    found = FoundHere()
    found.refresh()
    assert found.say("kidney_watch", "r1", "alder") is None
