"""Rows that are set aside come back in their order, and bear no digest that can be tried."""

from __future__ import annotations

import pytest

from attending.facts.case import ParkedRow
from attending.ingest.streams import aside as room
from attending.ingest.streams.aside import Aside


@pytest.mark.parametrize("in_memory", [1, 1 << 20])
def test_what_is_no_row_comes_first_and_the_others_as_they_were_set_aside(monkeypatch, in_memory):
    monkeypatch.setattr(room, "IN_MEMORY", in_memory)
    aside = Aside("keyed {}".format)
    for n in (5, 3):
        aside.put(ParkedRow(n, "no site \n", f"d{n}"))
    aside.put(ParkedRow(4, "not CSV", "d4"), is_broken=True)

    assert list(aside.rows()) == [
        ParkedRow(4, "not CSV", "keyed d4"),
        ParkedRow(5, "no site \n", "keyed d5"),
        ParkedRow(3, "no site \n", "keyed d3"),
    ]
