"""Kill -9 at any moment: nothing that a caller was told is lost.

`ATTENDING_KILLS` sets how often. Each kill falls at a random point with at least one
request in flight; one that met none is not counted and is done again.
"""

from __future__ import annotations

import json
import os
import random
import time

import pytest

from attending.ledger.key_file import key_in
from attending.ledger.layout import payload_key
from attending.ledger.open_ledger import open_ledger
from attending.ledger.payload import Sealer
from attending.ledger.verify import verify
from attending.serve.pseudonym import Pseudonyms

KILLS = int(os.environ.get("ATTENDING_KILLS", "200"))
CALLERS = 8
COLD_EVERY = 20  # the others are forked from a process that has imported the command
LONGEST = 0.25  # seconds from ready to killed
LIMIT = 240.0  # seconds for 200
FEWEST_ACKNOWLEDGED, FEWEST_IN_FLIGHT = 10, 0.5  # a kill: 2,000 and 100 for 200


def kill_often(gateways, callers, port):
    """Start and kill until enough kills met a request in flight; give how many did."""
    dice, kills, started = random.Random(7), 0, 0
    end = time.monotonic() + LIMIT * max(KILLS / 200, 0.2)
    while kills < KILLS and time.monotonic() < end:
        process = gateways.start(port=port, warm=started % COLD_EVERY != 0)
        started += 1
        time.sleep(dice.uniform(0.0, LONGEST))
        while not callers.in_flight():
            pass
        before = len(callers.cut_off)
        process.kill()
        time.sleep(0.01)
        kills += len(callers.cut_off) > before
    return kills


def read_ledger(store):
    """Give displays by call and by prediction, and the payloads that do not open."""
    names = Pseudonyms(key_in(store / "gateway" / "pseudonym.key"))
    sealer = Sealer(key_in(payload_key(store)))
    reader, pen = open_ledger(store)
    displays, shown, unkept = {}, set(), 0
    for entry in reader.entries(kinds=("served",)):
        body = entry.fact.body
        displays[body["instance"]] = body["display"]
        if body["display"] == "shown":
            shown.add(body["prediction"])
        if body["inputs"]:
            kept = reader.sealed(body["inputs"])
            given = json.loads(sealer.open(kept)) if kept else {}
            unkept += given.get("prediction") != body["prediction"]
    reader.close()
    pen.close()
    return names, displays, shown, unkept


@pytest.mark.alone
@pytest.mark.timeout(60 + 2 * LIMIT)
def test_nothing_acknowledged_is_lost_when_the_process_is_killed(gateways, running, making):
    port = running.free_port()
    callers = running.callers([port], making.question, n=CALLERS, pause=0.004)
    begun = time.monotonic()
    kills = kill_often(gateways, callers, port)
    took = time.monotonic() - begun
    callers.stop()

    names, displays, shown, unkept = read_ledger(gateways.store)
    cards = [card for call in callers.acknowledged for card in call.advice]
    lost = sum(card not in shown for card in cards)
    lost += sum(
        names.of("instance", call.instance) not in displays for call in callers.acknowledged
    )
    n_acknowledged, n_in_flight = len(callers.acknowledged), len(callers.cut_off)
    print(
        f"\n{kills} kills, {n_acknowledged:,} acknowledged ({len(cards):,} cards),"
        f" {n_in_flight:,} in flight, {lost} lost, {unkept} payloads missing, {took:.0f} s"
    )
    assert lost == 0, "a caller was told what nobody recorded"
    assert unkept == 0, "a record stands without what the model was given"
    assert kills == KILLS, "too slow"
    assert n_acknowledged >= FEWEST_ACKNOWLEDGED * KILLS
    assert n_in_flight >= FEWEST_IN_FLIGHT * KILLS
    assert not verify(gateways.store).because
