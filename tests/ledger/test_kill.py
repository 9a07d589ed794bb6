"""A real `kill -9` of a real writer, over each store: nothing acknowledged is lost."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time

from attending.facts.fact import fact_bytes
from attending.ledger.verify import verify

KILLS = int(os.environ.get("ATTENDING_KILLS", "20"))

WRITER = """
import sys
from pathlib import Path
from threading import Thread
from attending.facts.fact import By, Fact
from attending.ledger.group_commit import GroupCommit
from attending.ledger.open_ledger import open_ledger

folder, dsn, start = Path(sys.argv[1]), sys.argv[2] or None, int(sys.argv[3])
reader, pen = open_ledger(folder, dsn=dsn, checkpoint_every=0.05)
group = GroupCommit(pen)

def write(lane):
    number = start + lane
    while True:
        key = f"kill/{number}/served"
        fact = Fact(kind="served", key=key, at="", by=By("x"), body={"n": number, "pad": "x" * 500})
        receipt = group.submit([fact]).result()
        sys.stdout.write(f"{receipt.indexes[0]} {number}\\n")
        sys.stdout.flush()
        number += 4

for lane in range(4):
    Thread(target=write, args=(lane,)).start()
"""


def _acknowledged(writer: subprocess.Popen[bytes], chance: random.Random) -> dict[int, int]:
    """Read acknowledgements for a while, kill, and read what was still in the pipe."""
    assert writer.stdout is not None
    said = b""
    until = None
    while until is None or time.monotonic() < until:
        ready, _, _ = select.select([writer.stdout], [], [], 0.01)
        if ready:
            said += os.read(writer.stdout.fileno(), 65536)
            until = until or time.monotonic() + chance.uniform(0.0, 0.15)
        assert writer.poll() is None
    writer.send_signal(signal.SIGKILL)
    said += writer.stdout.read()
    writer.wait()
    whole = said[: said.rfind(b"\n")].splitlines()
    return {int(line.split()[0]): int(line.split()[1]) for line in whole}


def test_nothing_acknowledged_is_lost_to_kill_9(open_again, tmp_path, dsn) -> None:
    chance = random.Random(9)
    kills = KILLS if dsn is None else max(3, KILLS // 4)
    promised: dict[int, int] = {}
    for turn in range(kills):
        arguments = [str(tmp_path / "ledger"), dsn or "", str(turn * 1_000_000)]
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, *arguments], stdout=subprocess.PIPE
        )
        promised |= _acknowledged(writer, chance)

    reader, pen = open_again()
    kept = {entry.index: entry.fact.body["n"] for entry in reader.entries()}
    pen.checkpoint()
    found = verify(tmp_path / "ledger", dsn=dsn)

    lost = {index for index, number in promised.items() if kept.get(index) != number}
    print(f"{kills} kills, {len(promised)} facts acknowledged, {len(lost)} lost")
    assert not lost
    assert len(promised) > kills
    assert list(kept) == list(range(len(kept)))
    assert (found.because, found.beyond) == ("", 0)
    assert all(fact_bytes(entry.fact) for entry in reader.entries(len(kept) - 3))
