"""What was promised and what was found at each site, on one scale.

It reads the last estimates: the interval first, the point on it, and the promised value
as a line. Sites stand in the order of the waves, never in the order of results.

It does not tell which site is better: intervals that overlap say nothing of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attending.console.chart import BLUE, INK, LINE, SOFT, TEAL, Chart, whole
from attending.decide.words import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.facts.estimate import Estimate
    from attending.spec.use_case import Target

WIDTH = 560
FORMATS = {"ratio": ".2~f", "area": ".2f", "share": ".0%", "difference": "+.0%"}
FACTOR = 1.25  # room on either side of the outermost figure


@dataclass(frozen=True)
class Found:
    """The last estimate of one scope."""

    scope: str
    title: str
    estimate: Estimate


def claimed_and_found(target: Target, found: Sequence[Found], scale: str) -> Chart:
    """Draw each site's interval beside the promised value."""
    rows = [_row(f) for f in found if f.estimate.refused is None]
    claimed = number(target.target, scale)
    n = sum(1 for f in found if _holds(f.estimate, target.target))
    title = f"{claimed} was promised; {n} of {len(rows)} intervals include it"
    level = next((f.estimate.level for f in found), 0.95)
    about = f"{100 * level:.0f} % confidence sequences: they hold at every look"
    domain = _domain(rows, target, scale)
    for row in rows:
        row["from"] = domain[0] if row["low"] is None else row["low"]
        row["to"] = domain[1] if row["high"] is None else row["high"]
    axis = {"title": None, "tickCount": 5, "format": FORMATS[scale]}
    scaled = {"domain": domain, "type": "log" if scale == "ratio" else "linear", "nice": False}
    x = {"type": "quantitative", "scale": scaled, "axis": axis}
    y = {
        "field": "scope",
        "type": "nominal",
        "title": None,
        "sort": [f.title for f in found],
        "axis": {"labelColor": INK, "domain": False, "ticks": False, "labelFontSize": 13},
    }
    bar = {"type": "rule", "clip": True, "color": BLUE, "strokeWidth": 3}
    point = {"type": "point", "filled": True, "shape": "square", "size": 60, "color": BLUE}
    layers = [
        *_line(target.baseline, "before", x, color=LINE, ink=SOFT),
        *_line(target.target, f"promised {claimed}", x, color=TEAL, ink=TEAL),
        {"mark": bar, "encoding": {"y": y, "x": {"field": "from", **x}, "x2": {"field": "to"}}},
        {"mark": point, "encoding": {"y": y, "x": {"field": "value", **x}}},
    ]
    spec = {"width": WIDTH, "height": {"step": 26}, "data": {"values": rows}, "layer": layers}
    columns = {
        "scope": "where",
        "low": "interval from",
        "high": "interval to",
        "value": "estimate",
        "cases": "cases",
    }
    name = f"claimed_and_found_{target.metric.replace('.', '_')}_{target.of}"
    return Chart(name, title, about, columns, rows, whole(title, about, spec))


def _row(found: Found) -> dict[str, Any]:
    e = found.estimate
    return {
        "scope": found.title,
        "low": e.low,
        "high": e.high,
        "value": e.value,
        "cases": e.n_cases,
    }


def _holds(estimate: Estimate, value: float) -> bool:
    if estimate.refused is not None:
        return False
    above = estimate.low is None or estimate.low <= value
    return above and (estimate.high is None or value <= estimate.high)


def _domain(rows: Sequence[dict[str, Any]], target: Target, scale: str) -> list[float]:
    told = [target.target, *([] if target.baseline is None else [target.baseline])]
    told += [row[end] for row in rows for end in ("low", "high", "value") if row[end] is not None]
    low, high = min(told), max(told)
    if scale == "ratio":
        return [max(low, 0.05) / FACTOR, max(high, 0.1) * FACTOR]
    room = (FACTOR - 1) * (high - low) or 0.1
    return [low - room, high + room]


def _line(
    at: float | None, label: str, x: dict[str, Any], *, color: str, ink: str
) -> list[dict[str, Any]]:
    if at is None:
        return []
    data = {"values": [{"at": at, "label": label}]}
    dash = {} if label == "before" else {"strokeDash": [5, 4]}
    rule = {"type": "rule", "color": color, "strokeWidth": 1.5, **dash}
    text = {"type": "text", "align": "center", "baseline": "bottom", "y": -3, "color": ink}
    where = {"field": "at", **x}
    words = {"field": "label", "type": "nominal"}
    layers: list[dict[str, Any]] = [{"data": data, "mark": rule, "encoding": {"x": where}}]
    if label != "before":
        layers.append({"data": data, "mark": text, "encoding": {"x": where, "text": words}})
    return layers
