"""The exact upper limit of a rate, against the binomial itself."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import Refused
from attending.stats.rate_at_most import rate_at_most


@given(n=st.integers(1, 80), part=st.floats(0, 1), share=st.floats(0.001, 0.5))
def test_as_few_events_come_with_exactly_that_chance_at_the_limit(n, part, share):
    k = min(n - 1, int(part * n))
    limit = rate_at_most(k, n, share=share)
    chance = sum(comb(n, i) * limit**i * (1 - limit) ** (n - i) for i in range(k + 1))

    assert k / n < limit < 1
    assert chance == pytest.approx(share, rel=1e-6)


def test_nothing_but_events_leaves_every_rate_possible():
    assert rate_at_most(5, 5, share=0.05) == 1.0


@pytest.mark.parametrize(("k", "n", "share"), [(-1, 5, 0.1), (6, 5, 0.1), (0, 0, 0.1), (0, 5, 0)])
def test_counts_that_cannot_be_are_refused(k, n, share):
    with pytest.raises(Refused):
        rate_at_most(k, n, share=share)
