"""The tail is one less the sum of what is smaller."""

from __future__ import annotations

from math import exp, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.stats.poisson_tail import poisson_tail


@given(st.integers(0, 40), st.floats(0.01, 20))
def test_it_is_one_less_the_chances_of_every_smaller_count(n, mean):
    below = sum(exp(-mean) * mean**k / factorial(k) for k in range(n))
    assert poisson_tail(n, mean) == pytest.approx(1 - below, abs=1e-12)
