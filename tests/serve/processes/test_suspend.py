"""A suspension under load: in force at each gateway before that gateway says so.

`ATTENDING_SUSPENSIONS` sets how often. Two gateways on one store, eight callers. This is
one of the few tests that a clock decides: from command to the last read-back, the 99th
percentile stays below a second.
"""

from __future__ import annotations

import os
import time

import pytest

from attending.ledger.open_reader import open_reader
from attending.ledger.verify import verify

SUSPENSIONS = int(os.environ.get("ATTENDING_SUSPENSIONS", "200"))
GATEWAYS = ("north", "south")
LIMIT = 1.0  # seconds
PATIENCE = 5.0  # seconds; past it the count itself fails


def read_back_by_all(reader, seq):
    """Wait until every gateway has read a snapshot back; tell whether all did."""
    end = time.monotonic() + PATIENCE
    waiting = [f"gateway/{name}/{seq}/read_back" for name in GATEWAYS]
    while waiting and time.monotonic() < end:
        waiting = [key for key in waiting if reader.latest(key) is None]
        if waiting:
            time.sleep(0.002)
    return not waiting


def shown_while_suspended(reader):
    """Give, by gateway, facts that say `shown` after its read-back of a suspension."""
    suspended, wrong, shown = dict.fromkeys(GATEWAYS, False), [], 0
    for entry in reader.entries(kinds=("served", "acted")):
        body, gateway = entry.fact.body, entry.fact.by.person
        if entry.fact.type == "read_back/1":
            suspended[gateway] = body["seq"] % 2 == 0
        elif body.get("display") == "shown":
            shown += 1
            if suspended[gateway]:
                wrong.append(entry.index)
    return wrong, shown


@pytest.mark.alone
@pytest.mark.timeout(60 + SUSPENSIONS)
def test_none_is_shown_from_the_read_back_of_a_suspension_on(gateways, running, making):
    started = [gateways.start("--name", name) for name in GATEWAYS]
    callers = running.callers([p.port for p in started], making.question, pause=0.004)
    reader = open_reader(gateways.store)
    assert read_back_by_all(reader, 1)
    took, dark, missed = [], [], 0
    for i in range(SUSPENSIONS):
        n_shown = sum(bool(call.advice) for call in callers.acknowledged[-50:])
        time.sleep(0.01 if n_shown else 0.05)
        begun = time.monotonic()
        running.expose(gateways.store, "suspended", 2 * i + 2)
        missed += not read_back_by_all(reader, 2 * i + 2)
        took.append(time.monotonic() - begun)
        begun = time.monotonic()
        time.sleep(0.01)
        dark.append((begun, time.monotonic()))
        running.expose(gateways.store, "live", 2 * i + 3)
        missed += not read_back_by_all(reader, 2 * i + 3)
    callers.stop()
    for process in started:
        process.end()

    wrong, shown = shown_while_suspended(reader)
    reader.close()
    late = [c for c in callers.acknowledged if c.advice and any(a < c.sent_at < b for a, b in dark)]
    took.sort()
    p50, p99 = took[len(took) // 2], took[int(0.99 * (len(took) - 1))]
    print(
        f"\n{SUSPENSIONS} suspensions, {len(callers.acknowledged):,} answers, {shown:,} shown,"
        f" {len(wrong)} shown after a read-back; command to last read-back:"
        f" p50 {p50:.3f} s, p99 {p99:.3f} s, longest {took[-1]:.3f} s"
    )
    assert missed == 0, "a gateway did not read back"
    assert wrong == []
    assert late == []
    assert shown > SUSPENSIONS, "there was load"
    assert not verify(gateways.store).because
    assert p99 < LIMIT
