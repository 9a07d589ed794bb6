"""Waves, pools and weights agree with the sites there are.

Reads: Rollout, Site. Says nothing of whether a site is ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.spec.agreement import HERE, Place
from attending.spec.budget import EVERYWHERE, scopes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.spec.agreement import Declared, Disagreement
    from attending.spec.rollout import Rollout, Wave


def places(declared: Declared) -> Iterator[Disagreement]:
    """Tell where waves, pools and weights name what is not there, or name it twice."""
    rollout = declared.rollout
    if rollout is None:
        return
    here = Place("Rollout", rollout.use_case)
    if rollout.use_case != declared.use_case.name:
        yield (here / "use_case").unknown(
            rollout.use_case,
            "use case",
            [declared.use_case.name],
            HERE,
        )
    yield from _waves(declared, rollout, here / "waves")
    yield from _whole_sites_once(rollout.waves, here / "waves")
    yield from _pools(rollout, here / "pools")
    for name in rollout.budget.weights:
        if name not in scopes(rollout):
            yield (here / "budget" / "weights" / name).unknown(name, "scope", scopes(rollout))


def _waves(declared: Declared, rollout: Rollout, here: Place) -> Iterator[Disagreement]:
    yield from _twice((wave.name for wave in rollout.waves), "wave", here, leaf="name")
    for i, wave in enumerate(rollout.waves):
        yield from _twice(wave.sites, "site", here / i / "sites")
        for j, site in enumerate(wave.sites):
            if site not in declared.sites:
                yield (here / i / "sites" / j).unknown(site, "Site", tuple(declared.sites), HERE)
            elif site == EVERYWHERE:
                yield (here / i / "sites" / j).says(
                    "'all' means every site together; give this site another name",
                )
        there = [declared.sites[site] for site in wave.sites if site in declared.sites]
        units = tuple(dict.fromkeys(unit for site in there for unit in site.units))
        for j, unit in enumerate(wave.units):
            if unit not in units:
                yield (here / i / "units" / j).unknown(unit, "unit", units, "at this wave's sites")


def _twice(
    written: Iterable[str],
    thing: str,
    here: Place,
    *,
    leaf: str = "",
) -> Iterator[Disagreement]:
    seen: set[str] = set()
    for i, name in enumerate(written):
        if name in seen:
            place = here / i / leaf if leaf else here / i
            yield place.says(f"{thing} {name!r} is written twice; keep one")
        seen.add(name)


def is_whole(wave: Wave) -> bool:
    """Tell whether a wave takes its sites whole: no share, no named users, no units."""
    return wave.share == 1 and not wave.users and not wave.units


def _whole_sites_once(waves: tuple[Wave, ...], here: Place) -> Iterator[Disagreement]:
    """A site is taken whole once; but one that has listened may go live, never the reverse."""
    taken: dict[str, Wave] = {}
    live: dict[str, str] = {}
    for i, wave in enumerate(waves):
        for j, site in enumerate(wave.sites):
            earlier = taken.get(site)
            if earlier is not None and (earlier.mode, wave.mode) != ("silent", "live"):
                yield (here / i / "sites" / j).says(
                    f"wave {earlier.name!r} has taken site {site!r} whole; take it out of one of "
                    "the two, or give the earlier wave a share, users or units",
                )
            elif wave.mode == "silent" and site in live:
                yield (here / i / "sites" / j).says(
                    f"wave {live[site]!r} has taken site {site!r} live; a silent wave comes first",
                )
        if is_whole(wave):
            taken |= dict.fromkeys(wave.sites, wave)
        if wave.mode == "live":
            live |= dict.fromkeys(wave.sites, wave.name)


def _pools(rollout: Rollout, here: Place) -> Iterator[Disagreement]:
    sites = tuple(dict.fromkeys(site for wave in rollout.waves for site in wave.sites))
    taken = {EVERYWHERE: "every site together", **dict.fromkeys(sites, "a site")}
    for i, pool in enumerate(rollout.pools):
        if pool.name in taken:
            yield (here / i / "name").says(
                f"{pool.name!r} is already {taken[pool.name]}; give the pool another name",
            )
        taken[pool.name] = "a pool"
        yield from _twice(pool.sites, "site", here / i / "sites")
        for j, site in enumerate(pool.sites):
            if site not in sites:
                yield (here / i / "sites" / j).unknown(site, "site", sites, "in any wave")
