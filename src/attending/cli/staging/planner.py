"""What a rollout asks of each hospital, as the planner of a simulated system wants it told.

The questions are the rollout's own: their limits, and the share of its error budget that
each may spend. So what the planner counts is what this rollout would do, not another one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from attending.decide.mirror import as_far, mirror
from attending.errors import Refused
from attending.spec.budget import shares

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.spec.rollout import Rollout

PLANNER = "attending.simulator.odds"
SCALES = {"performance.auroc": "area", "calibration.observed_to_expected": "ratio"}

Asked = list[tuple[str, float, float, float]]


def asked_of(rollout: Rollout, sites: Iterable[str]) -> dict[str, dict[str, Asked]]:
    """List for each hospital what suspends there, and all that says something against it.

    Which of the two it is to be counted for only the planner knows.
    """
    return {
        site: {"suspending": suspending(rollout, site), "accusing": accusing(rollout, site)}
        for site in sites
    }


def suspending(rollout: Rollout, site: str) -> Asked:
    """List the questions whose answer suspends at a site."""
    share = shares(rollout)[site]["safety_limit"]
    return [
        (SCALES[limit.metric], limit.floor, limit.stop_line, share)
        for limit in rollout.safety_limits
        if limit.metric in SCALES
    ]


def accusing(rollout: Rollout, site: str) -> Asked:
    """List every question whose answer says something against a site."""
    share = shares(rollout)[site]
    asked = suspending(rollout, site)
    for caution in rollout.cautions:
        asked.append((SCALES[caution.metric], caution.goal, caution.floor, share["caution"]))
    for gate in rollout.gates:
        scale, goal = SCALES.get(gate.metric), gate.goal
        if scale is None or goal is None:
            continue
        if gate.floor is not None:
            asked.append((scale, gate.floor, mirror(gate.floor, goal, scale), share["gate"]))
        if gate.inside is not None:
            low, high = gate.inside
            beyond = as_far(high, origin=low, end=goal, scale=scale)
            asked.append((scale, high, beyond, share["gate"]))
            beyond = as_far(low, origin=high, end=goal, scale=scale)
            asked.append((scale, low, beyond, share["gate"]))
    return asked


class Planner:
    """The planner's program, counting beside whatever else goes on.

    Parameters
    ----------
    asked
        Each hospital's questions, as `asked_of` gives them.
    stories, seed
        How many stories are drawn, from where.

    """

    def __init__(self, asked: dict[str, dict[str, Asked]], *, stories: int, seed: int) -> None:
        self._running = subprocess.Popen(  # noqa: S603  a program of this package, by its own name
            [sys.executable, "-m", PLANNER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._running.stdin is not None:
            with self._running.stdin as told:
                json.dump({"stories": stories, "seed": seed, "asked": asked}, told)

    def counted(self) -> dict[str, dict[str, Any]]:
        """Wait for the counts: by hospital, of what, the share of stories, and their number.

        Raises
        ------
        Refused
            The planner ended badly.

        """
        with self._running as running:
            said = running.stdout.read() if running.stdout is not None else ""
        if running.returncode != 0:
            raise Refused(f"the planner ended with status {running.returncode}")
        found: dict[str, dict[str, Any]] = json.loads(said)
        return found
