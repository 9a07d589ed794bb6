"""Where a tool was live, week by week: one square is one site in one week.

It reads receipts alone: what was done, not what was asked for. A square shows how a site
stood when its week ended; a held site still shows answers and does not expand.

It does not tell how many cases there were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attending.console.chart import BLUE, INK, OCHRE, PALE, PAPER, UNTOLD, Chart, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDEST = 640
ROOM = 320  # what the longest label takes, in pixels
STATES = {
    "off": (UNTOLD, ""),
    "silent": (PALE, ""),
    "live": (BLUE, ""),
    "held": (OCHRE, "II"),
    "suspended": (INK, "■"),
    "retired": (UNTOLD, "○"),
}


@dataclass(frozen=True)
class Square:
    """One site in one week, and the receipt that put it in its state."""

    site: str
    week: int
    state: str
    fact: int | None


@dataclass(frozen=True)
class Event:
    """Something that was decided or done, in a few words."""

    week: int
    label: str
    fact: int


def rollout_weeks(
    title: str, about: str, squares: Sequence[Square], events: Sequence[Event]
) -> Chart:
    """Draw the weeks; the table gives each site's spells in order."""
    weeks = max((s.week for s in squares), default=1)
    step = max(5, min(18, WIDEST // weeks))
    sites = list(dict.fromkeys(s.site for s in squares))
    values = [
        {
            "site": s.site,
            "week": s.week,
            "state": s.state,
            "glyph": STATES[s.state][1],
            **({"href": f"/facts/{s.fact}"} if s.fact is not None else {}),
        }
        for s in squares
    ]
    parts = {"width": step * weeks, "height": {"step": 24}, "data": {"values": values}}
    grid = {**parts, "layer": _layers(values, weeks, step, sites)}
    spec = {"vconcat": [*_events(events, weeks, step), grid], "spacing": 4}
    columns = {
        "site": "site",
        "state": "state",
        "from": "from week",
        "to": "to week",
        "fact": "because of fact",
    }
    return Chart(
        "rollout_weeks", title, about, columns, _spells(squares), whole(title, about, spec)
    )


def _spells(squares: Sequence[Square]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for s in squares:
        last = rows[-1] if rows else None
        if last and (last["site"], last["state"], last["fact"]) == (s.site, s.state, s.fact):
            last["to"] = s.week
        else:
            rows.append(
                {"site": s.site, "state": s.state, "from": s.week, "to": s.week, "fact": s.fact}
            )
    return rows


def _layers(
    values: Sequence[dict[str, Any]], weeks: int, step: int, sites: Sequence[str]
) -> list[dict[str, Any]]:
    labels = [w for w in range(1, weeks + 1) if w == 1 or w % (4 if weeks > 12 else 1) == 0]  # noqa: PLR2004  a quarter's weeks have room for each label
    there = [state for state in STATES if any(v["state"] == state for v in values)]
    x = {
        "field": "week",
        "type": "ordinal",
        "title": "week of rollout",
        "axis": {"domain": False, "ticks": False, "labelAngle": 0, "values": labels},
    }
    y = {
        "field": "site",
        "type": "nominal",
        "title": None,
        "sort": list(sites),
        "axis": {"domain": False, "ticks": False, "labelColor": INK, "labelFontSize": 13},
    }
    color = {
        "field": "state",
        "type": "nominal",
        "scale": {"domain": there, "range": [STATES[s][0] for s in there]},
        "legend": {"symbolType": "square", "title": None},
    }
    square = {"type": "rect", "cornerRadius": 2, "width": step - 2, "height": 18}
    glyph = {"type": "text", "color": PAPER, "fontWeight": 700, "fontSize": min(9, step - 2)}
    link = {"field": "href", "type": "nominal"}
    words = {"field": "glyph", "type": "nominal"}
    return [
        {"mark": square, "encoding": {"x": x, "y": y, "color": color, "href": link}},
        {"mark": glyph, "encoding": {"x": x, "y": y, "text": words}},
    ]


def _events(events: Sequence[Event], weeks: int, step: int) -> list[dict[str, Any]]:
    """Draw each event on a row of its own, so that no two labels meet."""
    if not events:
        return []
    values = [
        {"week": e.week, "label": e.label, "row": row, "href": f"/facts/{e.fact}"}
        for row, e in enumerate(events)
    ]
    x = {
        "field": "week",
        "type": "ordinal",
        "axis": None,
        "scale": {"domain": list(range(1, weeks + 1))},
    }
    y = {"field": "row", "type": "ordinal", "axis": None}
    link = {"field": "href", "type": "nominal"}
    words = {"field": "label", "type": "nominal"}
    # To the left of a mark there is room for words only where the weeks before it are wide.
    middle = max(weeks // 2, ROOM // step)
    point = {"type": "point", "filled": True, "shape": "diamond", "size": 60, "color": INK}
    layers: list[dict[str, Any]] = [{"mark": point, "encoding": {"x": x, "y": y, "href": link}}]
    for align, dx, test in (
        ("left", 9, f"datum.week <= {middle}"),
        ("right", -9, f"datum.week > {middle}"),
    ):
        text = {"type": "text", "align": align, "dx": dx, "fontSize": 12}
        layers.append(
            {
                "transform": [{"filter": test}],
                "mark": text,
                "encoding": {"x": x, "y": y, "text": words},
            }
        )
    height = 18 * len(values)
    return [{"width": step * weeks, "height": height, "data": {"values": values}, "layer": layers}]
