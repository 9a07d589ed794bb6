"""Random bytes are given once: not to two threads, not to a parent and its child."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from attending.ledger.randomness import BLOCK, random_bytes


def test_no_two_draws_are_alike() -> None:
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda _: random_bytes(16), range(5000)))
    assert len(set(drawn)) == 5000
    assert {len(each) for each in drawn} == {16}
    assert len(random_bytes(3 * BLOCK)) == 3 * BLOCK


def test_a_child_draws_its_own() -> None:
    random_bytes(1)
    near, far = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(far, random_bytes(32))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(near, 32) != random_bytes(32)
    os.close(near)
    os.close(far)
