"""A gate that must be met before this step is not met today.

Reads: every gate of the rollout, judged again today, at each site of the wave before (or,
where output returns to a site, at that site). Cannot tell, cannot be judged, not met, not
judged at all, or judged on another day: each forbids the plan alike.

It does not tell whether evidence is fresh or complete, which is asked apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Name each gate and site where the word today is not `met`."""
    if not scene.widened() and not scene.plan.wave:
        return
    said = {(v.rule, v.metric, v.scope): v for v in scene.verdicts if v.listed == "gate"}
    for site in scene.proof_sites():
        for gate in scene.rollout.gates:
            verdict = said.get((gate.gate, f"{gate.metric}/{gate.of}", site))
            if verdict is None or verdict.as_of != scene.day:
                yield f"{gate.gate} at {site} was not judged today"
            elif verdict.word != "met":
                yield f"{gate.gate} at {site} is {verdict.word}: {verdict.because}"


unsettled_gate = Interlock(
    sentence="a gate it rests on is not met today",
    trips=trips,
)
