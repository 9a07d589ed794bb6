"""Roles are ones the platform knows, and every gate's metric has somebody who watches it.

Reads: UseCase, Rollout, Committee. Says nothing of whether a named person still works here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.spec.agreement import Place
from attending.spec.person import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.spec.agreement import Declared, Disagreement


def people(declared: Declared) -> Iterator[Disagreement]:
    """Tell which roles are unknown, which quorums cannot be met, and what nobody watches."""
    for name, committee in declared.committees.items():
        here = Place("Committee", name)
        for i, member in enumerate(committee.members):
            for j, role in enumerate(member.roles):
                if role not in ROLES:
                    yield (here / "members" / i / "roles" / j).unknown(role, "role", ROLES)
        voting = sum(member.voting for member in committee.members)
        if committee.quorum.voting > voting:
            yield (here / "quorum" / "voting").says(
                f"{committee.quorum.voting} voting members make a quorum, but {voting} are "
                "listed as voting; lower it or list more members",
            )
    rollout = declared.rollout
    if rollout is None:
        return
    there = Place("Rollout", rollout.use_case)
    for i, wave in enumerate(rollout.waves):
        for j, sign_off in enumerate(wave.sign_offs):
            if sign_off.role not in ROLES:
                place = there / "waves" / i / "sign_offs" / j / "role"
                yield place.unknown(sign_off.role, "role", ROLES)
    yield from _watched(declared)


def _watched(declared: Declared) -> Iterator[Disagreement]:
    watched = {(row.metric, row.of) for row in declared.use_case.monitoring}
    place = Place("UseCase", declared.use_case.name) / "monitoring"
    told: set[tuple[str, str]] = set()
    for i, gate in enumerate(declared.rollout.gates if declared.rollout else ()):
        pair = (gate.metric, gate.of)
        if pair in watched or pair in told:
            continue
        told.add(pair)
        of = f" of {gate.of}" if gate.of else ""
        yield place.says(
            f"nobody watches {gate.metric}{of}, though gates[{i}] of the rollout rests on it; "
            "add a row with its metric, of, principle, cadence, owner, trigger and action",
        )
