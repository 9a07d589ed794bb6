"""Running sums of cells: a new day costs the new day, a restated day its difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Reported
from attending.digest import digest
from attending.facts.cells import Cell, Cells, Design, Sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Group = tuple[str, str, str, str]  # metric, site, subgroup, arm


class Tally:
    """Sums by metric, site, subgroup and arm over all days so far."""

    def __init__(
        self,
        days: dict[tuple[Group, int], Sums] | None = None,
        total: dict[Group, Sums] | None = None,
        span: dict[Group, tuple[int, int]] | None = None,
    ) -> None:
        self._days = days or {}
        self._total = total or {}
        self._span = span or {}

    def put(self, cells: Iterable[Cell]) -> None:
        """Put cells in place of whatever their day held before."""
        for cell in cells:
            group = (cell.metric, cell.site, cell.subgroup, cell.arm)
            before = self._days.get((group, cell.day), Sums())
            self._days[group, cell.day] = cell.sums
            self._total[group] = self._total.get(group, Sums()) - before + cell.sums
            first, last = self._span.get(group, (cell.day, cell.day))
            self._span[group] = (min(first, cell.day), max(last, cell.day))

    def cells(
        self,
        metric: str,
        scope: str,
        sites: Sequence[str],
        *,
        design: Design | None,
        subgroup: str = "all",
        days: range | None = None,
    ) -> Cells:
        """Give the sums of one scope: its sites' sums added, arm by arm.

        With `days`, only the evidence days in that range are added: their own sums, exactly.
        """
        by_arm: dict[str, Sums] = {}
        spans: list[tuple[int, int]] = []
        for site in sites:
            for group in self._groups(metric, site, subgroup):
                found = self._whole(group) if days is None else self._part(group, days)
                if found is not None:
                    by_arm[group[3]] = by_arm.get(group[3], Sums()) + found[0]
                    spans.append(found[1])
        by_arm = dict(sorted(by_arm.items()))
        first = min((s[0] for s in spans), default=None)
        last = max((s[1] for s in spans), default=None)
        said = {
            "metric": metric,
            "scope": scope,
            "to_on": last,
            "arms": {arm: _plain(sums) for arm, sums in by_arm.items()},
        }
        return Cells(
            metric=metric,
            scope=scope,
            by_arm=by_arm,
            from_on=first,
            to_on=last,
            digest=digest(said),
            design=design,
        )

    def _whole(self, group: Group) -> tuple[Sums, tuple[int, int]]:
        return self._total[group], self._span[group]

    def _part(self, group: Group, days: range) -> tuple[Sums, tuple[int, int]] | None:
        first, last = self._span[group]
        within = range(max(first, days.start), min(last + 1, days.stop))
        there = [day for day in within if (group, day) in self._days]
        total = Sums()
        for day in there:
            total = total + self._days[group, day]
        return (total, (there[0], there[-1])) if there else None

    def reported(self, metric: str, site: str) -> Reported:
        """Give how many cases a metric has counted at a site, and the last evidence day."""
        matured = known = 0
        last: int | None = None
        for group in self._groups(metric, site, "all"):
            sums, (_, end) = self._total[group], self._span[group]
            matured, known = matured + sums.n + sums.n_missing, known + sums.n
            last = end if last is None else max(last, end)
        return Reported(matured, known, last)

    def copy(self) -> Tally:
        """Give a tally of its own, to be put cells in that are on no record."""
        return Tally(dict(self._days), dict(self._total), dict(self._span))

    def _groups(self, metric: str, site: str, subgroup: str) -> list[Group]:
        return [g for g in self._total if g[0] == metric and g[1] == site and g[2] == subgroup]


def _plain(sums: Sums) -> list[float | list[int]]:
    plain: list[float | list[int]] = [
        sums.n,
        sums.sn,
        sums.sd,
        sums.snn,
        sums.snd,
        sums.sdd,
        sums.n_capped,
        sums.n_missing,
        sums.n_partly,
    ]
    plain += [list(sums.pos), list(sums.neg)] if sums.pos or sums.neg else []
    return (
        [*plain, [sums.n_unscored]] if sums.n_unscored else plain
    )  # as of old where there is none
