"""Decisions are counted in their quarter, and days only where an intake is on record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from attending.clock import stamp
from attending.facts.entry import Entry
from attending.facts.fact import By, Fact
from attending.report.meetings.pace import pace

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("approved", "approved_with_conditions", "declined", "re_review")


def entry(index, day, kind, use_case, **body):
    at = stamp(BEGAN + timedelta(days=day))
    body = {"type": f"{kind}/1", **body}
    fact = Fact(kind="said", key=str(index), at=at, by=By("post"), use_case=use_case, body=body)
    return Entry(index, fact)


STEPS = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from("abc"), st.sampled_from(("proposal", *WORDS))),
    max_size=30,
)


@given(STEPS)
def test_every_decision_is_counted_once_and_days_only_once_for_what_was_proposed(steps):
    day, entries, since, wanted = 0, [], {}, []
    for index, (gap, use_case, word) in enumerate(steps):
        day += gap
        if word == "proposal":
            since.setdefault(use_case, [day])
            entries.append(entry(index, day, "proposal", use_case))
        else:
            entries.append(entry(index, day, "decision", use_case, word=word))
            if use_case in since and len(since[use_case]) == 1:
                wanted.append(day - since[use_case][0])
            since.setdefault(use_case, ["never proposed before its first decision"]).append(day)
    found = pace(entries)

    decided = [e for e in entries if e.fact.type == "decision/1"]
    assert [i for q in found for i in q.cites] == [e.index for e in decided]
    assert sum(q.decisions for q in found) == len(decided)
    assert sorted(d for q in found for d in q.days) == sorted(wanted)
    assert [q.name for q in found] == sorted({q.name for q in found})
