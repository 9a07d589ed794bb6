"""Two ways in which a gateway could lie about itself, each documented elsewhere (L12, L15)."""

from __future__ import annotations

import asyncio

import pytest

from attending.facts.snapshot import Exposure
from attending.serve.engine import Answer
from attending.serve.readback import Watch, put_snapshot


class Engine:
    """Answers by a function, which may break."""

    def __init__(self, answer):
        self._answer = answer

    def answer(self, fields):
        return self._answer(fields)


def broken(_):
    raise MemoryError("the model is broken")


@pytest.mark.parametrize(
    ("answer", "mode", "display"),
    [
        (lambda _: Answer(0.9), "live", ("shown", None)),
        (lambda _: Answer(0.1), "live", ("no_advice", None)),
        (broken, "live", ("failed", "engine")),
        (broken, "silent", ("failed", "engine")),
        (lambda _: Answer(0.9), "silent", ("silent", None)),
        (lambda _: Answer(0.9), "suspended", ("suppressed", "suspended")),
        (lambda _: Answer(0.9), "off", ("suppressed", "off")),
    ],
)
def test_l15_no_advice_a_crash_and_a_suspension_are_never_taken_for_one_another(
    open_door, answer, mode, display
):
    door = open_door(engine=Engine(answer), mode=mode)
    door.cards()
    (body,) = door.pen.bodies()
    assert (body["display"], body.get("reason")) == display
    line = f'display="{display[0]}"'
    assert line in door.get("/metrics").text


def test_l12_a_rollback_is_read_back_only_by_a_gateway_that_can_serve_it(
    open_door, making, tmp_path
):
    door = open_door()
    watch = Watch(door.gateway, tmp_path / "snapshot.json")

    def back(release):
        entry = Exposure("kidney_watch", "alder", "*", release, "live")
        seq = door.parts.exposures.seq + 1
        put_snapshot(tmp_path / "snapshot.json", making.snapshot([entry], making.now, 30, seq))

        async def look():
            watch.look()
            await asyncio.sleep(0.01)

        door.run(look())
        return door.pen.bodies("acted")[-1]

    assert back("r1")["not_loaded"] == []
    assert back("r0")["not_loaded"] == [["kidney_watch", "r0"]]
    door.cards()
    assert door.pen.bodies()[-1]["display"] == "failed", "and r1 is not shown in its stead"
