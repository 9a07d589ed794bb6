"""A monitoring row does not report from a site that would go live.

Reads: the use case's monitoring rows, and the last evidence day of each row's metric at
each site the plan takes live (fresh within seven days). A site answers silently first; it
goes live when every row has been seen to report from there, so that nothing is shown that
nobody could see going wrong.

It does not tell whether what the rows report is good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import FRESH_DAYS, Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Name each row and site from which nothing was heard lately."""
    rows = dict.fromkeys(f"{row.metric}/{row.of}" for row in scene.use_case.monitoring)
    for site in dict.fromkeys(change.site for change in scene.widened()):
        for metric in rows:
            last = scene.report(metric, site).last_on
            if last is None:
                yield f"{metric} has never reported from {site}"
            elif scene.day - last > FRESH_DAYS:
                yield f"{metric} last reported from {site} on day {last}"


monitoring_silent = Interlock(
    sentence="a site would go live that monitoring does not report from",
    trips=trips,
)
