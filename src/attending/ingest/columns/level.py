"""How a share of rows stands from day to day: connected, at its level, fallen.

Each question is answered row by row with bets fixed beforehand, so that it may be asked after
every day for ever. The guarantees, each while a day's rows, given the past, are on the null's
side:

- a column that never holds something in more than `CONNECTED` of rows is called connected
  with a chance of at most 1 in `ODDS`;
- a share that is within what is allowed is called a breach, or one that is not is called
  good again, with a chance of at most 1 in `ODDS` over all days and changes together;
- a share that stays above its tolerated level is called fallen, in T days, with a chance of
  at most T in `ALARM_DAYS`.

A fall of `FALL` is what the last is planned to find within `FALL_DAYS` days. Its tolerance is
whatever that plan leaves: the more rows a day, the more harmless ups and downs are let pass.

References
----------
Shin J, Ramdas A, Rinaldo A (2024). E-detectors: a nonparametric framework for sequential
change detection. New England J. Stat. Data Sci. 2(2).

"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attending.stats.begun import begun
from attending.stats.bernoulli_divergence import bernoulli_divergence
from attending.stats.bernoulli_grid import bernoulli_grid
from attending.stats.bernoulli_mixture import bernoulli_terms
from attending.stats.log_sum_exp import log_sum_exp
from attending.stats.shiryaev_roberts import shiryaev_roberts

if TYPE_CHECKING:
    from attending.facts.data.checked import State
    from attending.stats._shapes import Array

CONNECTED = 0.05  # contract C41: more than strays
ODDS = 20.0  # contract C41
ALARM_DAYS = 3650.0  # one false alarm in ten years of days, at the worst that is tolerated
FALL = 0.05
FALL_DAYS = 10
REFERENCE_ROWS = 2000  # contract C32: a reference on fewer is none
REFERENCE_DAYS = 7  # so that a reference is of no one weekday
DIGITS = 6  # to which a null is read
SURE = 1.64  # standard errors the reference may be too high by


@dataclass(frozen=True)
class Stands:
    """A state, and after how many days it began; 0 from the first."""

    state: State
    since: int


def first_past(k: Array, n: Array, *, null: float, toward: float, odds: float = ODDS) -> int | None:
    """Give after how many days it is shown that the rate is past the null; None if it is not.

    Parameters
    ----------
    k, n
        Events and rows of each day.
    null, toward
        The rate that is rejected, and the one on which half of the stake lies.
    odds
        The evidence wanted.

    """
    if not len(n):
        return None
    rows = 2.0 ** math.ceil(math.log2(max(float(n.sum()), 1.0)))  # so that bets are made once
    grid = bernoulli_grid(null, toward, share=1 / odds, horizon=rows)
    shown = begun(bernoulli_terms(k, n, grid=grid), grid.ln_weights) >= math.log(odds)
    return int(np.argmax(shown)) + 1 if shown.any() else None


def connected(present: Array, n: Array, *, wanted: float) -> int | None:
    """Give after how many days a column is shown to hold something; None if it is not."""
    return first_past(present, n, null=CONNECTED, toward=max(wanted, 2 * CONNECTED))


def level(violated: Array, n: Array, *, allowed: float) -> Stands:
    """Tell whether more rows fall short than allowed, now.

    Where none is allowed, one that falls short is a breach, and no chance is taken.
    """
    if allowed <= 0:
        found = np.flatnonzero(violated)
        if len(found):
            return Stands("breach", int(found[0]) + 1)
        return Stands("ok" if n.sum() else "too_few", 0)
    state, since = "too_few", 0
    worse, better = min(1.0, allowed + FALL), max(0.0, allowed - FALL)
    for change in range(1, len(n) + 1):
        odds = ODDS * change * (change + 1)  # 1/(k(k+1)) adds up to one over all changes
        k, rows = violated[since:], n[since:]
        to_breach = first_past(k, rows, null=allowed, toward=worse, odds=odds)
        to_ok = first_past(rows - k, rows, null=1 - allowed, toward=1 - better, odds=odds)
        after = {"breach": to_breach, "ok": to_ok}
        after.pop(state, None)
        known = {name: days for name, days in after.items() if days is not None}
        if not known:
            break
        state = min(known, key=lambda name: known[name])
        since += known[state]
    return Stands("breach" if state == "breach" else "ok" if state == "ok" else "too_few", since)


def fallen(present: Array, n: Array, *, wanted: float) -> Stands:
    """Tell whether a share has fallen from the best that it was shown to hold.

    There is nothing to fall from before it is shown to be at the level that is wanted. From
    then on the best stretch of at least `REFERENCE_ROWS` rows and `REFERENCE_DAYS` days is the
    reference, less what chance may have added; a better stretch takes its place, and the watch
    begins anew.
    """
    reached = first_past(present, n, null=wanted, toward=min(1.0, wanted + FALL))
    if reached is None:
        return Stands("too_few", 0)
    watch, stands = _Watch(float(n.mean())), Stands("too_few", 0)
    since_fall: list[int] = []
    for day in range(reached, len(n)):
        if stands.state == "breach":
            since_fall.append(day)
            back = first_past(
                present[since_fall], n[since_fall], null=watch.null, toward=watch.filled
            )
            if back is None:
                continue
            stands, since_fall = Stands("ok", day + 1), []
            watch.begin_again()
        elif watch.sees(float(present[day]), float(n[day])):
            stands = Stands("breach", day + 1)
        elif stands.state == "too_few" and watch.is_set:
            stands = Stands("ok", day + 1)
    return stands


class _Watch:
    """A reference that only rises, and the evidence that the share is below it."""

    def __init__(self, rows_a_day: float) -> None:
        self._plan = max(rows_a_day * FALL_DAYS, 1.0)
        self._stretch = (0.0, 0.0, 0)
        self.reference = self.null = 0.0
        self.begin_again()

    @property
    def is_set(self) -> bool:
        """Tell whether there is a reference."""
        return self.reference > 0

    @property
    def filled(self) -> float:
        """Give the share that would show it is filled again; few rows leave no tolerance."""
        is_apart = self.reference > self.null + 10**-DIGITS
        return self.reference if is_apart else min(1.0, self.null + FALL)

    def begin_again(self) -> None:
        """Forget the evidence; the reference stays."""
        self._ln_m: Array | None = None
        self._stretch = (0.0, 0.0, 0)

    def sees(self, k: float, n: float) -> bool:
        """Take one day in; tell whether it is shown that the share has fallen."""
        has_fallen = self.is_set and self._weigh(k, n) >= math.log(ALARM_DAYS)
        k_all, n_all, days = self._stretch
        self._stretch = (k_all + k, n_all + n, days + 1)
        is_enough = n_all + n >= REFERENCE_ROWS and days + 1 >= REFERENCE_DAYS
        if is_enough and not has_fallen:
            self._take(k_all + k, n_all + n)
        return has_fallen

    def _weigh(self, k: float, n: float) -> float:
        grid = bernoulli_grid(
            self.null, max(0.0, self.reference - FALL), share=1 / ALARM_DAYS, horizon=self._plan
        )
        today = bernoulli_terms(np.array([k]), np.array([n]), grid=grid)
        before = np.full(today.shape, -np.inf) if self._ln_m is None else self._ln_m
        self._ln_m = shiryaev_roberts(before, today)
        return float(log_sum_exp(self._ln_m, grid.ln_weights)[0])

    def _take(self, k: float, n: float) -> None:
        mean = (k + 0.5) / (n + 1)  # never 0 or 1, where chance would add nothing
        best = mean - SURE * math.sqrt(mean * (1 - mean) / n)
        self._stretch = (0.0, 0.0, 0)
        if best > self.reference:
            self.reference, self._ln_m = best, None
            self.null = round(best - tolerance(best, rows=self._plan), DIGITS)


def tolerance(reference: float, *, rows: float) -> float:
    """Give how far a share may lie below its reference and not count as fallen.

    As far as still lets a fall of `FALL` be found in so many rows: the evidence that `ALARM_DAYS`
    and half of the stake ask for, at what each row then brings on the average.

    Parameters
    ----------
    reference
        The best share it was shown to hold.
    rows
        Within how many rows the fall is to be found.

    """
    wanted = (math.log(ALARM_DAYS) + math.log(2)) / rows
    fell = max(reference - FALL, 1e-6)
    near, far = 0.0, FALL
    for _ in range(60):
        middle = (near + far) / 2
        enough = bernoulli_divergence(fell, reference - middle) >= wanted
        near, far = (middle, far) if enough else (near, middle)
    return near
