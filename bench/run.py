"""Every figure beside its limit, in one run; only ratios within a run count.

make bench                      all of it
python bench/run.py ledger      one part: gateway, ingest, ledger, start or views
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import gateway
import ingest
import ledger
import start
import views
from measured import table

PARTS = {
    "gateway": gateway.rows,
    "ingest": ingest.rows,
    "ledger": ledger.rows,
    "start": start.rows,
    "views": views.rows,
}
RUNS = 5


def main():
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    wanted.add_argument("--runs", type=int, default=RUNS)
    given = wanted.parse_args()
    rows = []
    for name in given.parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="attending-bench-") as root:
            rows += PARTS[name](Path(root), given.runs)
    load = os.getloadavg()[0]
    if not rows:
        raise SystemExit("nothing was measured; ATTENDING_DATA may name the folder of real data")
    table(rows)
    print(f"\n{given.runs} runs of each, in turn; {os.cpu_count()} cores, load {load:.1f}")
    print("Durable rates are ratios to raw inserts on this disk, and nothing about the disk.")


if __name__ == "__main__":
    main()
