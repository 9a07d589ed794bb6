"""Tables as heads see them: names and columns, never where they are kept."""

from __future__ import annotations

from typing import Any, Protocol


class Tables(Protocol):
    """The wide tables a metric may gather from, as Ibis expressions.

    ``cases``: one row per case and evidence day of the metric's outcome, with columns
    ``site, arm, display, case_day, evidence_day, subgroups..., y, known, partly``.
    The expressions run where the data lies; a head never runs one.
    """

    def cases(self, outcome: str) -> Any:  # noqa: ANN401  Ibis tables are dynamic
        """Give the cases joined to one outcome, as an `ibis.Table`."""
        ...
