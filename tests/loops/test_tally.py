"""Running sums are the same however the days arrive, and a restated day replaces itself."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from attending.facts.cells import Cell, Sums
from attending.loops.tally import Tally

SUMS = st.builds(
    lambda n, k: Sums(n=n + k, sn=k, sd=n + k, snn=k, snd=k, sdd=n + k),
    st.integers(0, 50),
    st.integers(0, 50),
)
CELLS = st.lists(
    st.builds(
        Cell,
        site=st.sampled_from(["A", "B"]),
        subgroup=st.just("all"),
        arm=st.sampled_from(["x", "y"]),
        metric=st.just("m/o"),
        day=st.integers(0, 9),
        sums=SUMS,
    ),
    unique_by=lambda c: (c.site, c.arm, c.day),
    max_size=25,
)


@given(CELLS, st.randoms())
def test_the_order_of_arrival_does_not_matter(cells: list[Cell], dice: object) -> None:
    one, other = Tally(), Tally()
    shuffled = list(cells)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a Random
    one.put(cells)
    for cell in shuffled:
        other.put([cell])

    assert one.cells("m/o", "all", ["A", "B"], design=None) == other.cells(
        "m/o", "all", ["A", "B"], design=None
    )


@given(CELLS, SUMS)
def test_a_restated_day_gives_what_a_fresh_run_would(cells: list[Cell], again: Sums) -> None:
    if not cells:
        return
    first = cells[0]
    restated = Cell(first.site, first.subgroup, first.arm, first.metric, first.day, again)
    one, fresh = Tally(), Tally()
    one.put(cells)
    one.put([restated])
    fresh.put([restated, *cells[1:]])

    assert one.cells("m/o", "A", ["A"], design=None) == fresh.cells("m/o", "A", ["A"], design=None)


def test_nothing_yet_is_no_day() -> None:
    cells = Tally().cells("m/o", "A", ["A"], design=None)

    assert (cells.from_on, cells.to_on, cells.total()) == (None, None, Sums())


def test_histograms_add_over_days_and_sites_and_leave_other_cells_as_they_were() -> None:
    tally = Tally()
    scored = {"n": 2, "pos": (1, 0), "neg": (0, 1)}
    tally.put(
        Cell(site=site, subgroup="all", arm="", metric="m/bad", day=day, sums=Sums(**scored))
        for site in ("A", "B")
        for day in (1, 2)
    )

    found = tally.cells("m/bad", "all", ("A", "B"), design=None).total()

    assert (found.n, found.pos, found.neg) == (8, (4, 0), (0, 4))
    assert msgspec.to_builtins(Sums(n=1, sn=1.0)) == {"n": 1, "sn": 1.0}
