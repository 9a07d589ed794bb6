"""Threads that read a shape for the first time at the same instant all read it well."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Structs of many fields, so that working one out takes long enough for another thread to come.
ROUNDS = """
import sys, threading
import msgspec
from attending import shapes

sys.setswitchinterval(1e-6)
ways = {
    "convert": lambda plain, raw, shape: shapes.convert(plain, shape),
    "decode": lambda plain, raw, shape: shapes.decode(raw, shape),
    "unpack": lambda plain, raw, shape: shapes.unpack(msgspec.msgpack.encode(plain), shape),
    "decoder": lambda plain, raw, shape: shapes.decoder(shape).decode(raw),
    "type_info": lambda plain, raw, shape: (
        shapes.type_info(shape), shapes.convert(plain, shape))[1],
}
read, good = ways[sys.argv[1]], 0
field = "    f{0}: dict[str, list[Annotated[str, Meta(min_length={0})]]] | None = None"
for _ in range(30):
    lines = ["from typing import Annotated", "from msgspec import Meta, Struct"]
    for k in range(6):
        lines += [f"class C{k}(Struct, forbid_unknown_fields=True):"]
        lines += [field.format(n) for n in range(12)]
    lines += ["class Top(Struct):", *(f"    c{k}: list[C{k}] = []" for k in range(6))]
    made = {}
    exec("\\n".join(lines), made)
    plain = {f"c{k}": [{f"f{n}": {"a": ["x" * 20]} for n in range(12)}] for k in range(6)}
    raw, together, answers = msgspec.json.encode(plain), threading.Barrier(4), []

    def run():
        together.wait()
        answers.append(read(plain, raw, made["Top"]))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good += len(answers) == 4 and all(msgspec.to_builtins(a) == plain for a in answers)
print(good)
"""


@pytest.mark.parametrize("way", ["convert", "decode", "unpack", "decoder", "type_info"])
def test_threads_that_read_a_shape_for_the_first_time_do_not_kill_the_process(way):
    done = subprocess.run(
        [sys.executable, "-c", ROUNDS, way], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "30"), done.stderr[-2000:]
