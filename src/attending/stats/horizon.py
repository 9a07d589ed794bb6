"""How many trials to plan for, so that looking every day still reaches an answer.

Three times the single-look sample at 80 % power. A test that may be looked at every
day, with half of its stake on the declared alternative, has by then decided with
probability about 0.95 if that alternative is the truth (0.85 at twice the sample).
A longer horizon costs nothing in error, only time.
"""

from __future__ import annotations

from attending.stats.fixed_n80 import fixed_n80

TIMES = 3.0  # decides in 0.94 to 0.97 of simulated runs; twice, in 0.84 to 0.89


def horizon(null: float, toward: float, *, share: float) -> float:
    """Give the trials to plan for; the unit is a Bernoulli trial.

    Parameters
    ----------
    null
        Event rate tested, strictly between 0 and 1.
    toward
        Declared alternative, from 0 to 1, not equal to `null`.
    share
        Error probability, strictly between 0 and 0.5.

    Raises
    ------
    Refused
        As `fixed_n80` does.

    Examples
    --------
    >>> round(horizon(0.12, 0.09, share=0.05))
    2004

    """
    return TIMES * fixed_n80(null, toward, share=share)
