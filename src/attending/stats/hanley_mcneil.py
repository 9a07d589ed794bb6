"""How much one more case tells of an area under the ROC curve, before any is seen.

The variance of an area that is supposed to be the truth, for a declared mix of cases
with and without the event; exponential scores, which come close to most others. For
planning only: once there are scores, DeLong's variance is their own.

    Q1 = A / (2 - A),  Q2 = 2 A^2 / (1 + A)
    n var A = (Q1 - A^2) / (1 - share) + (Q2 - A^2) / share

in large samples, carried to the logit by (A (1 - A))^2.

References
----------
Hanley JA, McNeil BJ (1982). The meaning and use of the area under a receiver operating
characteristic (ROC) curve. Radiology 143(1).

"""

from __future__ import annotations

from attending.stats._domain import between


def hanley_mcneil(area: float, *, events: float) -> float:
    """Give the information that one case adds, on average, on the logit of the area.

    Parameters
    ----------
    area
        The area supposed true, strictly between 0 and 1.
    events
        Share of cases with the event, strictly between 0 and 1.

    Raises
    ------
    Refused
        For an area or a share outside these ranges.

    Examples
    --------
    >>> round(hanley_mcneil(0.8, events=0.5), 4)
    0.1309

    """
    between("area", area)
    between("events", events)
    by_event = area / (2 - area) - area**2
    by_other = 2 * area**2 / (1 + area) - area**2
    return (area * (1 - area)) ** 2 / (by_event / (1 - events) + by_other / events)
