"""The plan asks for fewer sign-offs than the wave does, or goes live on nobody's word.

Reads: the wave's `sign_offs` and the plan's. Where no wave came before there is no
evidence from live use, so at least one person must be asked.

It does not tell who has signed: sign-offs are counted apart, against the plan's digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Name each sign-off that the plan leaves out."""
    wave = scene.wave()
    if wave is None:
        return
    asked = {required.role: required.n for required in scene.plan.requires}
    for role in dict.fromkeys(sign_off.role for sign_off in wave.sign_offs):
        wanted = sum(sign_off.n for sign_off in wave.sign_offs if sign_off.role == role)
        if asked.get(role, 0) < wanted:
            yield f"wave {wave.name} wants {wanted} as {role}"
    if scene.widened() and not scene.proof_sites() and not asked:
        yield f"wave {wave.name} goes live first and names nobody who must sign"


goes_live_unasked = Interlock(
    sentence="people are not asked who must be",
    trips=trips,
)
