"""The plan widens use of something else than was proposed, or of a pilot that was ended.

Reads: `proposal:` in the use case's spec, and the proposals in the ledger that name this use
case. Where there is one, the spec quotes the digest of its last submission: whoever changes
the proposal changes the spec, and the other way round. A pilot that ended with anything but
`scale` grows only after it was proposed again.

A use case that nobody proposed here is left alone. It does not tell whether the folder does
what the proposal says, which is for people to read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN = 12  # characters of a digest


def trips(scene: Scene) -> Iterator[str]:
    """Say how what is planned departs from what was proposed."""
    if not scene.widened():
        return
    name, told = scene.use_case.name, scene.standing.governed.proposed
    about = {k: each for k, each in told.items() if each.use_case == name}
    quoted = scene.use_case.proposal
    named = next((k for k, each in about.items() if each.digest == quoted), None)
    if named is not None:
        if about[named].ended not in ("", "scale"):
            choice = about[named].ended.replace("_", " ")
            yield f"the pilot of {named} was ended: {choice}; propose it again first"
        return
    wanted = ", ".join(f"{k}: {about[k].digest[:SHOWN]}" for k in sorted(about))
    if quoted is UNSET:
        if about:
            yield f"the spec names no proposal, and this use case has one ({wanted})"
        return
    there = f"the last submission is {wanted}" if about else "none here names this use case"
    yield f"the spec names proposal {str(quoted)[:SHOWN]}, and {there}"


not_as_proposed = Interlock(
    sentence="it is not what was last proposed",
    trips=trips,
)
