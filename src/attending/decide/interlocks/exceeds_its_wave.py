"""The plan does more than the wave it names was declared to do.

Reads: the rollout's own words on the wave: which sites and units, what share of users,
which named users, which weekly cap, which release, which mode. What stands already is
kept; nothing may be added that was not written down before.

It does not tell whether what was written down is wise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.facts.plan import Change
    from attending.spec.rollout import Wave

WHOLE_SITE = "*"


def trips(scene: Scene) -> Iterator[str]:
    """Name each change beyond the wave, and each that starts from what is not."""
    wave = scene.wave()
    for change in scene.plan.changes:
        place = f"{change.site} {change.unit}"
        now = scene.standing.at(change.site, change.unit)
        if (change.release[0], change.mode[0]) != (now.release, now.mode):
            yield f"{place} stands at {now.release} {now.mode}, not as the plan has it"
    if wave is None:
        return
    for change in scene.plan.changes:
        yield from _beyond(scene, wave, change)


def _beyond(scene: Scene, wave: Wave, change: Change) -> Iterator[str]:
    place, before = f"{change.site} {change.unit}", scene.standing.at(change.site, change.unit)
    if change.site not in wave.sites or change.unit not in (wave.units or (WHOLE_SITE,)):
        yield f"{place} is not in wave {wave.name}"
    if change.release[1] != scene.rollout.release:
        yield f"{place} would get {change.release[1]}, not {scene.rollout.release}"
    if change.mode[1] not in (wave.mode, before.mode):
        yield f"{place} would be {change.mode[1]}"
    named_only = bool(wave.users) and wave.share == 1
    if change.share[1] > max(0.0 if named_only else wave.share, before.share):
        yield f"{place} would reach a share of {change.share[1]}"
    if not {*change.users[1]} <= {*wave.users, *before.users}:
        yield f"{place} would reach users whom the wave does not name"
    cap = wave.weekly_case_cap
    if (
        cap is not None
        and change.mode[1] == "live"
        and (change.weekly_case_cap[1] or cap + 1) > cap
    ):
        yield f"{place} would pass the cap of {cap} cases a week"


exceeds_its_wave = Interlock(
    sentence="it does more than the wave was declared to do",
    trips=trips,
)
