"""The ledger beside raw inserts in the same SQLite settings, and beside hashing alone."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from hashlib import sha256

from measured import Row, ratios

from attending.facts.fact import By, Fact, fact_bytes
from attending.ledger.group_commit import GroupCommit
from attending.ledger.merkle import leaf_hash
from attending.ledger.open_ledger import open_ledger
from attending.ledger.store import statements
from attending.ledger.stores.sqlite import SQL
from attending.ledger.verify import verify

N = 2000
WAITING = 100  # writers that share a commit


def fact(number):
    return Fact(
        kind="served",
        key=f"gateway/{number}/served",
        at="2026-10-13T08:00:00.000Z",
        by=By("gateway", via="gateway"),
        use_case="kidney_watch",
        site="alder",
        release="1",
        body={
            "type": "prediction/1",
            "prediction": f"{number:032x}",
            "display": "shown",
            "score": 0.25 + number / 1e6,
            "threshold": 0.2,
            "patient": f"{number:032x}",
            "user": f"{number % 50:032x}",
            "inputs": f"{number:064x}",
        },
    )


def raw_insert(path):
    """Insert the same columns, a commit each; no chain, no check, no tree."""
    database = sqlite3.connect(path, isolation_level=None)
    for statement in statements(SQL["settings"]) + statements(SQL["schema"]):
        database.execute(statement)
    facts = [fact(number) for number in range(N)]
    begun = time.perf_counter()
    for number, each in enumerate(facts):
        raw, salt = fact_bytes(each), secrets.token_bytes(16)
        about = (each.kind, each.key, each.use_case, each.site, each.release)
        row = (number, *about, sha256(raw).digest(), salt, leaf_hash(salt, raw), raw)
        database.execute("BEGIN IMMEDIATE")
        database.execute(SQL["insert"], row)
        database.execute("COMMIT")
    rate = N / (time.perf_counter() - begun)
    database.close()
    return rate


def chained(path):
    reader, pen = open_ledger(path)
    facts = [fact(number) for number in range(N)]
    begun = time.perf_counter()
    for each in facts:
        pen.append([each])
    rate = N / (time.perf_counter() - begun)
    pen.close()
    reader.close()
    return rate


def grouped(path):
    reader, pen = open_ledger(path)
    group = GroupCommit(pen)
    facts = [fact(number) for number in range(10 * N)]
    begun = time.perf_counter()
    for start in range(0, len(facts), WAITING):
        waiting = [group.submit([each]) for each in facts[start : start + WAITING]]
        for each in waiting:
            each.result(30)
    rate = len(facts) / (time.perf_counter() - begun)
    group.close()
    reader.close()
    return rate


def hashed(path):
    """Read, parse, write out again and hash every fact; prove nothing."""
    database = sqlite3.connect(path / "ledger.db")
    begun, n = time.perf_counter(), 0
    for salt, raw in database.execute("SELECT salt, bytes FROM fact ORDER BY idx"):
        json.dumps(json.loads(raw), separators=(",", ":"), sort_keys=True)
        leaf_hash(salt, raw)
        sha256(raw).digest()
        n += 1
    rate = n / (time.perf_counter() - begun)
    database.close()
    return rate


def verified(path):
    begun = time.perf_counter()
    found = verify(path)
    if found.because:
        raise SystemExit(found.because)
    return found.size / (time.perf_counter() - begun)


def rows(root, runs):
    found = {name: [] for name in ("raw", "chained", "grouped", "hashed", "verified")}
    for run in range(runs):
        found["raw"].append(raw_insert(root / f"raw{run}.db"))
        found["chained"].append(chained(root / f"chained{run}"))
        found["grouped"].append(grouped(root / f"grouped{run}"))
        found["hashed"].append(hashed(root / f"grouped{run}"))
        found["verified"].append(verified(root / f"grouped{run}"))
    for name, rates in found.items():
        print(f"ledger, {name}: {', '.join(f'{rate:,.0f}' for rate in rates)} a second")
    return [
        Row("ledger, chained / raw insert, an event", ratios(found["chained"], found["raw"]), 0.9),
        Row(
            f"ledger, {WAITING} writers / raw, an event", ratios(found["grouped"], found["raw"]), 8
        ),
        Row("ledger, verify / hash and serialize", ratios(found["verified"], found["hashed"]), 0.8),
    ]
