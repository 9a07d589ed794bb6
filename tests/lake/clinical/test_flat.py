"""A flat column holds a value as it was said, or does not hold it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from attending.fhir.view import view
from attending.lake.clinical.cells import DoesNotFit, flat
from attending.lake.clinical.columns import EXACT

(DECIMAL,) = view(
    {
        "resource": "Observation",
        "select": [{"column": [{"name": "x", "path": "status", "type": "decimal"}]}],
    }
).columns
SPELLED = st.builds(
    lambda sign, digits, zeros, exponent: Decimal(
        (sign, (*map(int, str(digits)), *zeros), exponent)
    ),
    st.integers(0, 1),
    st.integers(1, 10**40) | st.integers(1, 10**20),
    st.lists(st.just(0), max_size=22),
    st.integers(-45, 25),
)


@settings(max_examples=600, deadline=None)
@given(SPELLED | SPELLED.filter(lambda number: number == int(number)).map(int))
@example(Decimal("99999999999999999999.999999999999999999"))
@example(Decimal("1E+19"))
@example(Decimal("1E+20"))
@example(Decimal("0.000000000000000001"))
@example(Decimal("1E-19"))
@example(Decimal("0.1234567890123456789"))
def test_a_number_is_held_whole_or_does_not_fit(number):
    scaled = Fraction(number) * 10**EXACT.scale
    fits = scaled.denominator == 1 and abs(scaled) < 10**EXACT.precision
    try:
        held = flat(DECIMAL, number)
    except DoesNotFit:
        assert not fits
    else:
        assert fits
        assert pa.array([held], EXACT)[0].as_py() == number
