"""An estimate: a number and its doubt, or the reason there is none."""

from __future__ import annotations

import msgspec


class Estimate(msgspec.Struct, frozen=True):
    """What was measured in one scope, over the cases actually handled (contract C3).

    Attributes
    ----------
    value
        The point estimate, None where it is refused.
    low, high
        A confidence sequence: it covers at every look, not at one chosen look.
    n_cases, n_events
        Cases used, and events among them.
    information
        On the scale of the test: what more cases would add to.
    from_on, to_on
        First and last evidence day.
    matured, unused
        Cases at their evidence day; and those of them this estimate could not use.
    refused
        Why there is no number, in a sentence's end: ``no case has matured yet``.
    level
        Coverage of the confidence sequence.
    parts
        The counts a reader can check by hand, such as events and cases by arm.

    """

    value: float | None
    low: float | None
    high: float | None
    n_cases: int
    n_events: int
    information: float
    from_on: int | None
    to_on: int | None
    matured: int
    unused: int
    refused: str | None = None
    level: float = 0.95
    parts: dict[str, int | float] = {}
