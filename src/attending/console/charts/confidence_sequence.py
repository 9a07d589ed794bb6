"""The estimate of one scope as cases matured: a gate's picture.

The band is the confidence sequence as it was written each day, a running intersection:
what it once ruled out stays ruled out, unless the estimate itself has left the band, as
when a site is measured no further; then that day's interval stands alone. It reads the
estimates in `decided` facts, against the number of matured cases and not against time, and
marks where a rule was settled.

It does not tell how fast cases came.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any

from attending.console.chart import BLUE, INK, LINE, OCHRE, SOFT, TEAL, Chart, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.facts.estimate import Estimate

WIDTH, HEIGHT = 680, 280
FORMATS = {"ratio": ".2~f", "area": ".2f"}  # as numbers are written beside the picture
APART = 15  # pixels between two labels, so that neither covers the other
ROOM = 1.7  # how far beyond its lines the scale reaches, as a factor of a ratio


@dataclass(frozen=True)
class Point:
    """One day's estimate and the fact that holds it."""

    day: int
    index: int
    estimate: Estimate


@dataclass(frozen=True)
class Line:
    """A limit somebody wrote down before the first case."""

    at: float
    label: str
    tone: str  # floor, goal or neutral


@dataclass(frozen=True)
class Mark:
    """Where a rule was settled: the day, the limit it is about, and the words."""

    day: int
    at: float
    label: str


@dataclass(frozen=True)
class Drawn:
    """What is drawn beside the estimates."""

    scale: str
    unit: str
    lines: Sequence[Line]
    marks: Sequence[Mark]


def confidence_sequence(title: str, about: str, points: Sequence[Point], drawn: Drawn) -> Chart:
    """Draw the estimates; a day on which no case matured adds nothing to the picture."""
    rows = [_row(point) for point in _news(points) if point.estimate.refused is None]
    domain = _domain(rows, drawn)
    scale = {
        "domain": domain,
        "type": "log" if drawn.scale == "ratio" else "linear",
        "nice": False,
        "clamp": True,
    }
    y = {"type": "quantitative", "scale": scale}
    axis = {"title": None, "tickCount": 6, "format": FORMATS.get(drawn.scale, "%")}
    x = {"field": "cases", "type": "quantitative", "title": "matured cases, all arms"}
    flat = {**x, "axis": {"grid": False, "tickCount": 8}, "scale": {"nice": False, "zero": True}}
    for row in rows:
        row["from"] = domain[0] if row["low"] is None else row["low"]
        row["to"] = domain[1] if row["high"] is None else row["high"]
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "area", "clip": True, "color": BLUE, "opacity": 0.2},
            "encoding": {
                "x": flat,
                "y": {"field": "from", **y, "axis": axis},
                "y2": {"field": "to"},
            },
        },
        {
            "mark": {"type": "line", "clip": True, "color": BLUE, "strokeWidth": 2},
            "encoding": {"x": x, "y": {"field": "value", **y}},
        },
        *_lines(drawn.lines, y, domain),
        *_marks(drawn.marks, rows, y),
    ]
    spec = {"width": WIDTH, "height": HEIGHT, "data": {"values": rows}, "layer": layers}
    columns = {
        "day": "day",
        "cases": "matured cases",
        "events": "events",
        "low": "interval from",
        "high": "interval to",
        "value": drawn.unit,
        "fact": "fact",
    }
    return Chart("confidence_sequence", title, about, columns, rows, whole(title, about, spec))


def _news(points: Sequence[Point]) -> list[Point]:
    """Keep the days that changed anything, and the last."""
    kept = [p for before, p in zip([None, *points], points, strict=False) if _differs(before, p)]
    return kept if not points or kept[-1] is points[-1] else [*kept, points[-1]]


def _differs(before: Point | None, now: Point) -> bool:
    return before is None or before.estimate != now.estimate


def _row(point: Point) -> dict[str, Any]:
    e = point.estimate
    return {
        "day": point.day,
        "cases": e.n_cases,
        "events": e.n_events,
        "low": e.low,
        "high": e.high,
        "value": e.value,
        "fact": point.index,
    }


def _domain(rows: Sequence[dict[str, Any]], drawn: Drawn) -> list[float]:
    """Reach from below the lowest line to above the highest, and hold the last interval."""
    last = rows[-1] if rows else {}
    told = [line.at for line in drawn.lines]
    told += [last[end] for end in ("low", "high") if last.get(end) is not None]
    low, high = min(told, default=0.0), max(told, default=1.0)
    if drawn.scale == "ratio":
        return [max(low, 0.01) / ROOM, max(high, 0.02) * ROOM]
    room = 0.5 * (high - low) or 0.1
    return [low - room, high + room]


def _lines(lines: Sequence[Line], y: dict[str, Any], domain: Sequence[float]) -> list[Any]:
    """Draw each limit across, and its words beside it where no other words stand."""
    tones = {"floor": (OCHRE, OCHRE), "goal": (TEAL, TEAL), "neutral": (LINE, SOFT)}
    kind, above = y["scale"]["type"], -float(APART)
    layers: list[Any] = []
    for line in sorted(lines, key=lambda each: -each.at):
        data = {"values": [{"at": line.at, "label": line.label}]}
        color, ink = tones[line.tone]
        rule: dict[str, Any] = {"type": "rule", "color": color, "strokeWidth": 1.5}
        if line.tone != "neutral":
            rule["strokeDash"] = [5, 4]
        layers.append({"data": data, "mark": rule, "encoding": {"y": {"field": "at", **y}}})
        above = max(_pixel(line.at, domain, kind), above + APART)
        place = {"x": {"value": WIDTH + 6}, "y": {"value": above}}
        text = {"type": "text", "align": "left", "color": ink, "baseline": "middle"}
        words = {"text": {"field": "label", "type": "nominal"}}
        layers.append({"data": data, "mark": text, "encoding": place | words})
    return layers


def _pixel(at: float, domain: Sequence[float], kind: str) -> float:
    low, high = domain
    if kind == "log":
        low, high, at = log(low), log(high), log(max(at, low))
    return HEIGHT * (high - at) / (high - low)


def _marks(marks: Sequence[Mark], rows: Sequence[dict[str, Any]], y: dict[str, Any]) -> list[Any]:
    values = []
    for mark in marks:
        row = next((r for r in rows if r["day"] >= mark.day), None)
        if row is not None:
            at_fact = {"cases": row["cases"], "at": mark.at, "href": f"/facts/{row['fact']}"}
            values.append(at_fact | {"label": f"{mark.label} at {row['cases']:,} cases"})
    if not values:
        return []
    half = rows[-1]["cases"] / 2
    x, at = {"field": "cases", "type": "quantitative"}, {"field": "at", **y}
    point = {"type": "point", "filled": True, "shape": "diamond", "size": 110, "color": INK}
    link = {"field": "href", "type": "nominal"}
    layers: list[Any] = [
        {"data": {"values": values}, "mark": point, "encoding": {"x": x, "y": at, "href": link}}
    ]
    for align, dx, kept in (("left", 9, False), ("right", -9, True)):
        here = [v for v in values if (v["cases"] > half) == kept]
        text = {"type": "text", "align": align, "dx": dx, "dy": 13, "color": INK}
        words = {"field": "label", "type": "nominal"}
        if here:
            encoding = {"x": x, "y": at, "text": words}
            layers.append({"data": {"values": here}, "mark": text, "encoding": encoding})
    return layers
