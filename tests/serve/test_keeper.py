"""In which order, and with whom, records go to the pen."""

from __future__ import annotations

import asyncio

from attending.serve import keeper as keepers
from attending.serve.keeper import Keeper
from attending.serve.tally import Tally


class Noting:
    """A pen that notes, for each record, how many callers had asked by then."""

    def __init__(self, making):
        self._pen = making.pen()
        self.n_asked = 0
        self.noted = []

    def submit(self, facts, payloads=()):
        self.noted.append((facts[0], self.n_asked))
        return self._pen.submit(facts, payloads)


def kept(making, names):
    """Keep a record for each name at once, and say something when the last was asked."""
    pen = Noting(making)
    keeper = Keeper(pen, Tally())

    async def one(name):
        pen.n_asked += 1
        done = keeper.keep([name], within=1.0)
        if name == names[-1]:
            asyncio.get_running_loop().call_soon(keeper.soon, "said soon")
        return await done

    async def go():
        found = await asyncio.gather(*(one(name) for name in names))
        await keeper.close()
        return found

    assert [is_kept for is_kept, _ in asyncio.run(go())] == [True] * len(names)
    return pen.noted


def test_records_of_callers_who_ask_at_once_go_to_the_pen_together_and_in_order(making):
    noted = kept(making, ["a", "b", "c"])
    assert noted == [("a", 3), ("b", 3), ("c", 3), ("said soon", 3)]


def test_nobody_waits_for_more_than_a_few_others(making):
    n = keepers.MOST_GATHERED
    noted = kept(making, [f"r{i}" for i in range(2 * n)])
    assert [asked for _, asked in noted[:n]] == [n] * n


def test_what_is_said_soon_never_overtakes_what_was_handed_in_before_it(making):
    pen = Noting(making)
    keeper = Keeper(pen, Tally())

    async def go():
        waiting = asyncio.create_task(keeper.keep(["shown"], within=1.0))
        await asyncio.sleep(0)  # it has asked, and its turn to be written has not come
        assert pen.noted == []
        keeper.soon("read back")
        await waiting
        await keeper.close()

    asyncio.run(go())
    assert [name for name, _ in pen.noted] == ["shown", "read back"]
