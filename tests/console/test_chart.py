"""What a chart hands out: no cell of its table is a formula."""

from __future__ import annotations

import pytest

from attending.console.chart import Chart


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\tx"])
def test_no_cell_is_a_formula(cell):
    chart = Chart("c", "t", "a", {"site": "site", "n": "n"}, [{"site": cell, "n": -2}], {})
    line = chart.csv().split("\r\n")[1]

    assert line.lstrip('"').startswith("'")
    assert line.endswith(",-2")


def test_what_is_not_known_is_an_empty_cell():
    chart = Chart("c", "t", "a", {"a": "a", "b": "b"}, [{"a": None, "b": 0}], {})

    assert chart.csv() == "a,b\r\n,0\r\n"
