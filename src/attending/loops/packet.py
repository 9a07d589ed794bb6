"""A packet: what a committee decides on, computed from facts and never typed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from attending.clock import stamp
from attending.decide.committee import lacking
from attending.decide.governed import OPEN
from attending.digest import digest
from attending.errors import NoSuchName, Refused
from attending.facts.fact import By, Fact
from attending.loops.incident import open_now
from attending.loops.obligations import oversight
from attending.loops.plan import look
from attending.loops.today import last_over
from attending.loops.widen import widen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.decide.committee import Bench
    from attending.facts.committee import Packet
    from attending.facts.fact import Via
    from attending.loops.parts import Folded, Parts
    from attending.spec.condition import Proposed

MOST_NAME = 64  # characters of a meeting's name


@dataclass(frozen=True)
class Put:
    """What is put before a committee.

    Attributes
    ----------
    meeting, committee
        Which meeting, and of whom; the folder's only committee when none is named.
    person
        Who asks.
    proposed, closes
        Conditions to set, and conditions to end.
    via
        Through which door.

    """

    meeting: str
    person: str = "platform"
    committee: str = ""
    proposed: tuple[Proposed, ...] = ()
    closes: tuple[str, ...] = ()
    via: Via = "cli"


def put(parts: Parts, folded: Folded, asked: Put) -> Packet:
    """Write a packet, unless the same one is open already; give it.

    Raises
    ------
    Refused
        There is no rollout, no committee, or no such condition to end.

    """
    widen(parts, folded)
    rollout, name = parts.folder.rollout, asked.meeting.strip()
    if rollout is None:
        raise Refused("there is no rollout here, and so nothing to approve")
    if not name or len(name) > MOST_NAME or "/" in name:
        raise Refused(f"name the meeting in at most {MOST_NAME} characters, such as 2026-10")
    committee = _committee(folded, asked.committee)
    item = f"{parts.use_case}/{name}"
    there = folded.standing.governed.items.get(item)
    deciding = deciding_now(parts, folded, replace(asked, committee=committee))
    if there is not None and not there.closed:
        same = digest(there.packet.deciding) == digest(deciding)
        if same and there.packet.committee == committee:
            return there.packet
    shown: dict[str, Any] = {
        "item": item,
        "meeting": name,
        "round": there.packet.round + 1 if there is not None else 1,
        "use_case": parts.use_case,
        "committee": committee,
        "deciding": deciding,
    }
    named = digest({"schema": "packet/1", **shown})
    body = {"type": "packet/1", **shown, "cut": folded.next_index, "digest": named}
    write_down(
        parts, folded, computed(parts, body, "packet", By(person=asked.person, via=asked.via))
    )
    return folded.standing.governed.items[item].packet


def _committee(folded: Folded, name: str) -> str:
    there = folded.standing.governed.committees
    if name and name not in there:
        raise NoSuchName(name, "the committees of this folder", there)
    if not there:
        raise Refused("this folder declares no Committee; add one, as committee.yaml")
    if not name and len(there) > 1:
        raise Refused("several committees are declared; name one", accepted=sorted(there))
    return name or next(iter(there))


def deciding_now(parts: Parts, folded: Folded, asked: Put) -> dict[str, object]:
    """Give everything a vote rests on; were any of it to change, the votes would be stale."""
    view = look(parts, folded, last_over(parts.hands, folded))
    standing, governed = view.folded.standing, view.folded.standing.governed
    rollout, waits = parts.folder.rollout, governed.of_state(*OPEN)
    for name in asked.closes:
        if name not in waits:
            raise NoSuchName(name, "the conditions that are not closed", waits)
    bench = governed.bench(asked.committee)
    return {
        "release": rollout.release if rollout is not None else "",
        "specs": dict(sorted(parts.folder.digests.items())),
        "verdicts": [
            {k: getattr(v, k) for k in ("scope", "listed", "rule", "metric", "word")}
            for v in view.verdicts
        ],
        "findings": [
            {"scope": f.scope, "found": f.found} for _, f in sorted(view.folded.findings.items())
        ],
        "suspended": [
            site if unit == "*" else f"{site}/{unit}"
            for (site, unit), spot in sorted(standing.spots.items())
            if spot.mode == "suspended"
        ],
        "held": sorted(hold.because for hold in standing.holds.values()),
        "conditions": [
            {
                "id": name,
                "state": held.state,
                "form": msgspec.to_builtins(held.condition.form),
                "effect": held.condition.effect,
                "owner": held.condition.owner,
                "due": held.condition.due,
            }
            for name, held in sorted(waits.items())
        ],
        "incidents": open_now(folded, parts.use_case),
        "proposed": msgspec.to_builtins(list(asked.proposed)),
        "closes": sorted(asked.closes),
        "missing": _missing(parts, folded, bench),
        "oversight": oversight(parts, folded),
    }


def _missing(parts: Parts, folded: Folded, bench: Bench | None) -> list[str]:
    gone = folded.standing.departed
    wanting = [*(lacking(bench) if bench is not None else ())]
    if parts.folder.use_case.after_launch.owner in gone:
        wanting.append("its owner after launch has left")
    left = [row for row in parts.folder.use_case.monitoring if row.owner in gone]
    return [*wanting, *(f"nobody watches {r.metric}: {r.owner} has left" for r in left)]


def computed(parts: Parts, body: dict[str, Any], name: str, by: By) -> Fact:
    """Make a fact of what was computed about an item."""
    rollout = parts.folder.rollout
    return Fact(
        kind="decided",
        key=f"{body['item']}/{body['round']}/{name}",
        at=stamp(parts.clock.now()),
        by=by,
        use_case=parts.use_case,
        release=rollout.release if rollout is not None else None,
        body=body,
    )


def write_down(parts: Parts, folded: Folded, fact: Fact, payloads: Sequence[bytes] = ()) -> None:
    """Write a fact and what it names, and take it in."""
    parts.pen.append([fact], payloads)
    widen(parts, folded)
