"""What this gateway counted: displays, refusals, drops. No patient, no user, no text.

Counters live in memory and start at zero with the process; the ledger is the record.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.serve.prediction import Display

BOUNDS = (0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 1.0, 2.0)  # seconds; cards are due in half of one

HELP = {
    "predictions": "Predictions by use case, site and display.",
    "notices": "Times a person was told that an AI is down.",
    "refused_clients": "Calls refused because the caller could not be authenticated.",
    "refused_requests": "Requests refused, by status.",
    "dropped_values": "Values of requests that reached no engine.",
    "other_patient": "Prefetch resources dropped because they are another patient's.",
    "unusable_prefetch": "Prefetch values that were an error or no resource.",
    "filled_fields": "Missing fields that a declared value stood in for.",
    "full_pools": "Calls that were late because no engine slot was free.",
    "responses": "Responses of people to cards, by use case, site and word.",
    "parked": "Feedback kept aside because it could not be read or belongs to no card.",
    "records_owed": "Records not durable in time, to be written afterwards.",
    "records_given_up": "Records owed that were dropped because too many were.",
    "snapshots_refused": "Snapshots that could not be read or were not newer.",
}


class Tally:
    """Counters, and the text a scraper reads."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
        self._buckets = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def add(self, name: str, n: int = 1, **labels: str) -> None:
        """Count something; the name must be one that the page explains."""
        if name not in HELP:
            msg = f"no counter {name!r}"
            raise KeyError(msg)
        if n:
            self._counts[name, tuple(sorted(labels.items()))] += n

    def display(self, use_case: str, site: str, display: Display, n: int = 1) -> None:
        """Count one prediction's display; minus one takes back what did not happen."""
        self.add(
            "predictions",
            n,
            use_case=use_case,
            site=site,
            display=display.word,
            reason=display.reason,
        )

    def took(self, seconds: float) -> None:
        """Count how long an answer took."""
        self._buckets[bisect_left(BOUNDS, seconds)] += 1
        self._seconds += seconds

    def count(self, name: str, **labels: str) -> int:
        """Give what was counted, over every label not named."""
        wanted = labels.items()
        return sum(n for (k, have), n in self._counts.items() if k == name and wanted <= set(have))

    def text(self, gauges: Callable[[], dict[str, float]]) -> str:
        """Write everything in the Prometheus text format, version 0.0.4."""
        lines: list[str] = []
        for name, help_text in HELP.items():
            lines += [
                f"# HELP attending_{name}_total {help_text}",
                f"# TYPE attending_{name}_total counter",
            ]
            lines += [
                f"attending_{name}_total{_labels(labels)} {n}"
                for (counted, labels), n in sorted(self._counts.items())
                if counted == name
            ]
        lines += [*self._histogram()]
        for name, value in gauges().items():
            lines += [f"# TYPE attending_{name} gauge", f"attending_{name} {value:g}"]
        return "\n".join(lines) + "\n"

    def _histogram(self) -> list[str]:
        name = "attending_answer_seconds"
        lines = [
            f"# HELP {name} Time from a whole request to its answer.",
            f"# TYPE {name} histogram",
        ]
        n = 0
        for bound, here in zip((*BOUNDS, float("inf")), self._buckets, strict=True):
            n += here
            edge = "+Inf" if bound == float("inf") else f"{bound:g}"
            lines.append(f'{name}_bucket{{le="{edge}"}} {n}')
        return [*lines, f"{name}_sum {self._seconds:.6f}", f"{name}_count {n}"]


def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    if not labels:
        return ""
    escaped = (
        (k, v.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")) for k, v in labels
    )
    return "{" + ",".join(f'{k}="{v}"' for k, v in escaped) + "}"
