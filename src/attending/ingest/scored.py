"""An answer that a replay had a gateway make becomes a fact of the replay.

The gateway wrote it, before any outcome: its score, its display, what was missing. The
replay adds where it came from and what a gateway cannot know of a recorded case: the site
day, the arm, the subgroups. The inputs are in no fact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from attending.facts.case import RecordedCase
    from attending.facts.fact import Fact


def as_scored(fact: Fact, case: RecordedCase) -> Fact:
    """Give the gateway's `served` fact as one of the replay."""
    body = fact.body | {
        "origin": "scored",
        "day": case.day,
        "subgroups": dict(sorted(case.subgroups.items())),
    }
    if case.arm:
        body["arm"] = case.arm
    if body["display"] == "suppressed":
        body["set_aside"] = body["reason"]
    return msgspec.structs.replace(fact, body=body)
