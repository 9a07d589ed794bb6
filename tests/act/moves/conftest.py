"""A plan of each kind, to be tried against every move."""

from __future__ import annotations

import pytest

from attending import rooms
from attending.act import moves
from attending.facts.plan import Change, Plan

KEY = "falls/2026-10-13T08:00:00.000Z/nurse/Alder"


def change(*mode, site="Alder"):
    return Change(site, "*", ("falls-1", "falls-1"), mode, (0.0, 0.0))


def plan(**over):
    given = {
        "use_case": "falls", "parent": None, "state_digest": "s", "cause": "wave", "as_of": 1,
        "because": "b", "evidence": (), "valid_until": "2026-11-01T00:00:00.000Z",
        "expansion": ("moving", "moving"),
    }  # fmt: skip
    return Plan(**(given | over))


KINDS = {
    "advance": plan(wave="one", changes=(change("silent", "live"), change("off", "live"))),
    "listen": plan(cause="spec", changes=(change("off", "silent"),)),
    "hold": plan(cause="caution", expansion=("moving", "held")),
    "suspend": plan(
        cause="safety",
        expansion=("moving", "held"),
        changes=(change("live", "suspended"), change("silent", "suspended")),
    ),
    "resume": plan(cause="person", expansion=("held", "moving"), answers=f"{KEY}/resume"),
    "lift": plan(
        cause="person",
        expansion=("held", "held"),
        changes=(change("suspended", "silent"),),
        answers=f"{KEY}/lift",
    ),
}


class Making:
    key, kinds = KEY, KINDS
    change, plan = staticmethod(change), staticmethod(plan)

    @staticmethod
    def fitting(plan):
        """Name the moves that a plan fits."""
        return [name for name in rooms.names(moves) if rooms.fetch(moves, name).fits(plan)]


@pytest.fixture(scope="session")
def making():
    return Making


@pytest.fixture
def fitting(making):
    return making.fitting
