"""A use case as somebody may see it: what lies beyond their reach is left out, not covered up.

Pages are made from what is given here, so that no page, chart, table or past day can show what
its reader may not see. A pool that holds other sites' cases is left out with them. A vendor is
shown no number that rests on a small cell, nor one from which such a cell could be subtracted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from attending import shapes
from attending.console.standing_within import ELSEWHERE
from attending.decide.standing import EVERYWHERE
from attending.facts.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.admit import Folder
    from attending.console.course import Course, Decided
    from attending.decide.permissions import Reach
    from attending.facts.entry import Entry
    from attending.facts.verdict import Verdict


def narrowed(course: Course, reach: Reach) -> Course | None:
    """Give a course within somebody's reach; None where none of it is."""
    if reach.is_everything and not reach.floor:
        return course
    if not reach.sees_some(course.name):
        return None
    only, floor = reach.sites(course.name), reach.floor
    if only is not None and course.sites and not only & {*course.sites}:
        return None
    if only is None and not floor:
        return course
    return replace(
        course,
        whole=course,
        only=only,
        floor=floor,
        decided=[_decided(day, course, only, floor) for day in course.decided],
        displays={k: v for k, v in course.displays.items() if _is_in(only, k[0])},
        receipts=[e for each in course.receipts for e in _receipt(each, course, only)],
        plans=[] if only is not None else course.plans,
        said=[e for e in course.said if _is_told(e, only)],
        parked=[] if only is not None else course.parked,
        sources=[] if only is not None else course.sources,
        fetched=[],  # a reading names the gateway that read
    )


def narrowed_folder(folder: Folder | None, only: frozenset[str] | None) -> Folder | None:
    """Give specs as somebody at some sites may see them: waves name their own sites alone."""
    if folder is None or only is None:
        return folder
    sites = {name: site for name, site in folder.sites.items() if name in only}
    rollout = folder.rollout
    if rollout is not None:
        waves = tuple(
            msgspec.structs.replace(wave, sites=tuple(s for s in wave.sites if s in only))
            for wave in rollout.waves
            if only & {*wave.sites}
        )
        rollout = msgspec.structs.replace(rollout, waves=waves)
    return replace(folder, sites=sites, rollout=rollout)


def is_small(estimate: Estimate, floor: int) -> bool:
    """Tell whether an estimate rests on a cell with fewer cases than may be shown."""
    parts = estimate.parts
    counts = [n for n in parts.values() if isinstance(n, int)]
    # Of an arm, those without the event are a cell as well.
    events = {k.removesuffix("_events"): n for k, n in parts.items() if k.endswith("_events")}
    counts += [int(parts.get(f"{arm}_cases", n) - n) for arm, n in events.items()]
    counts += [estimate.n_cases, estimate.n_events, estimate.n_cases - estimate.n_events]
    return any(0 < n < floor for n in counts)


def _decided(day: Decided, course: Course, only: frozenset[str] | None, floor: int) -> Decided:
    verdicts = tuple(v for v in day.verdicts if _is_in(only, v.scope))
    findings = tuple(f for f in day.findings if _is_in(only, f.scope))
    watched = tuple(w for w in day.watched if _is_in(only, str(w["scope"])))
    if floor:
        small = _small(verdicts, watched, course, floor)
        hidden = {scope for scope, _ in small}
        verdicts = tuple(_hide(v, floor) if (v.scope, v.metric) in small else v for v in verdicts)
        findings = tuple(f for f in findings if f.scope not in hidden)
        watched = tuple(_unwatch(w, small, floor) for w in watched)
    return msgspec.structs.replace(day, verdicts=verdicts, findings=findings, watched=watched)


def _small(
    verdicts: Iterable[Verdict], watched: Iterable[dict[str, Any]], course: Course, floor: int
) -> set[tuple[str, str]]:
    """Name scopes and metrics that rest on a small cell, and the pools one could be told from."""
    told = [(v.scope, v.metric, v.estimate) for v in verdicts]
    for each in watched:
        estimate = shapes.convert(each["estimate"], Estimate)
        told.append((str(each["scope"]), str(each["metric"]), estimate))
    small = {(scope, metric) for scope, metric, estimate in told if is_small(estimate, floor)}
    metrics = {metric for _, metric in small}
    pools = {(s, m) for s, m, _ in told if m in metrics and s not in course.sites}
    return small | pools


def _hidden(estimate: Estimate, floor: int) -> Estimate:
    words = f"a cell has fewer than {floor} cases, so no number is shown"
    nothing = {"n_cases": 0, "n_events": 0, "matured": 0, "unused": 0, "information": 0.0}
    gone: dict[str, Any] = {"value": None, "low": None, "high": None, "parts": {}, **nothing}
    return msgspec.structs.replace(estimate, refused=words, **gone)


def _hide(verdict: Verdict, floor: int) -> Verdict:
    estimate = _hidden(verdict.estimate, floor)
    return msgspec.structs.replace(
        verdict, estimate=estimate, because="", ln_e_for=None, ln_e_against=None
    )


def _unwatch(told: dict[str, Any], small: set[tuple[str, str]], floor: int) -> dict[str, Any]:
    if (str(told["scope"]), str(told["metric"])) not in small:
        return told
    hidden = _hidden(shapes.convert(told["estimate"], Estimate), floor)
    return {**told, "estimate": msgspec.to_builtins(hidden)}


def _receipt(entry: Entry, course: Course, only: frozenset[str] | None) -> Iterable[Entry]:
    """Give a receipt with the changes that may be seen; none where it is about others alone."""
    body: dict[str, Any] = entry.fact.body
    if only is None:
        return [entry]
    changes = [change for change in body["changes"] if change["site"] in only]
    elsewhere = body["scope"] in course.sites and body["scope"] not in only
    if elsewhere or (body["changes"] and not changes):
        return []
    because = body["because"] if body["scope"] in only else ELSEWHERE
    told = {**body, "changes": changes, "because": because}
    fact = msgspec.structs.replace(entry.fact, body=told)
    return [msgspec.structs.replace(entry, fact=fact)]


def _is_told(entry: Entry, only: frozenset[str] | None) -> bool:
    scope = entry.fact.body.get("scope", EVERYWHERE)
    return only is None or scope == EVERYWHERE or scope in only


def _is_in(only: frozenset[str] | None, scope: str) -> bool:
    return only is None or scope in only
