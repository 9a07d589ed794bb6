"""What is planned for, from declarations alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from attending.errors import Refused
from attending.stats.fixed_n80 import fixed_n80
from attending.stats.normal_mixture import normal_mixture
from attending.stats.planned_information import planned_information
from attending.stats.tau_squared import tau_squared

SHARE, GAP = 0.05, 0.5


def test_it_is_the_textbook_size_of_one_final_look():
    # Jennison and Turnbull 1999: (1.645 + 0.842)^2 / gap^2.
    assert planned_information(0.0, 1.0, share=0.05) == pytest.approx(6.18, abs=0.005)
    assert planned_information(1.0, 0.5, share=0.05) == pytest.approx(24.73, abs=0.005)


def test_for_one_proportion_it_agrees_with_the_classical_sample():
    n = fixed_n80(0.5, 0.501, share=0.05)
    by_one_case = 1 / 0.25

    assert n * by_one_case == pytest.approx(planned_information(0.5, 0.501, share=0.05), rel=1e-3)


def test_half_of_all_runs_decide_by_it_and_nearly_all_by_three_times_as_much():
    rng = np.random.default_rng(20_260_101)
    planned = planned_information(0.0, GAP, share=SHARE)
    held = np.linspace(0.01, 3.0, 300) * planned
    steps = np.sqrt(np.diff(np.concatenate(([0.0], held))))
    drift = np.cumsum(rng.normal(size=(2000, held.size)) * steps, axis=1) + GAP * held
    width = tau_squared(SHARE, planned, sided=1)

    ln_e = normal_mixture(drift / held, held, null=0.0, tau_squared=width, side=1)
    crossed = ln_e >= math.log(1 / SHARE)
    by = [crossed[:, held <= times * planned + 1e-9].any(axis=1).mean() for times in (1.0, 3.0)]

    assert by[0] == pytest.approx(0.5, abs=0.05)
    assert by[1] == pytest.approx(0.96, abs=0.02)


@pytest.mark.parametrize(
    ("null", "toward", "share"), [(0.0, 0.0, 0.05), (0.0, 1.0, 0.5), (0.0, 1.0, 0.0)]
)
def test_what_cannot_be_planned_for_is_refused(null, toward, share):
    with pytest.raises(Refused):
        planned_information(null, toward, share=share)
