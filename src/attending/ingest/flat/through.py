"""Columns of a table put through maps and units, each code or amount that differs but once.

What a cell becomes is asked of the same functions that read one row at a time.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attending.fhir.mapped import MappedColumn, cells, in_unit, measured_cells
from attending.lake.clinical.cells import DoesNotFit, flat, flat_kind
from attending.lake.clinical.columns import EXACT

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.fhir.mapped import MeasuredColumn
    from attending.fhir.mapped_view import MappedView

    Cells = dict[str, Any]
    Columns = dict[str, pa.Array]
    Asked = tuple[Any, Any]

MOST_KNOWN = 1 << 16  # answers kept; a column of amounts can have one for each row
UNFIT = ""  # no column's name
SAME_BELOW = Decimal(10**9)  # so many digits before the point and 18 behind stay in 28


class Through:
    """Puts the columns of one view through its maps.

    Parameters
    ----------
    view
        The mapped view; tables hold the rows of the view beneath.

    """

    def __init__(self, view: MappedView) -> None:
        self._view = view
        self._kinds = {column.name: column for column in view.columns}
        self._known: dict[str, dict[Asked, Cells]] = {each.column: {} for each in view.going}

    def of(self, rows: pa.Table) -> tuple[pa.Table, dict[int, str]]:
        """Give rows with the columns of the mapped view in the place of those of the view beneath.

        Returns
        -------
        pa.Table
            The rows; what stands behind the view's own columns still does.
        dict[int, str]
            Rows with an amount that its column cannot hold, and that column.

        """
        given = {
            name: column.combine_chunks()
            for name, column in zip(rows.column_names, rows.columns, strict=True)
        }
        told, wrong = dict(given), dict[int, str]()
        for each in self._view.going:
            if isinstance(each, MappedColumn):
                more, unfit = self._mapped(each, given)
            else:
                more, unfit = self._measured(each, given)
            told |= more
            wrong = unfit | wrong
        beneath = {column.name for column in self._view.beneath.columns}
        behind = [name for name in given if name not in beneath]
        return pa.table({name: told[name] for name in (*self._kinds, *behind)}), wrong

    def _mapped(self, each: MappedColumn, given: Columns) -> tuple[Columns, dict[int, str]]:
        def read(code: object, system: object) -> Cells:
            row = {each.column: code} | ({each.system_column: system} if each.system_column else {})
            return dict(cells(row, each, self._view.terms, self._view.as_of))

        codes = given[each.column]
        systems = given.get(each.system_column, pa.nulls(len(codes)))
        return self._asked(each.column, codes, systems, read)

    def _measured(self, each: MeasuredColumn, given: Columns) -> tuple[Columns, dict[int, str]]:
        def read(amount: object, came_in: object) -> Cells:
            return dict(measured_cells({each.column: amount, each.unit_column: came_in}, each))

        amounts, units = given[each.column].cast(EXACT), given[each.unit_column]
        # an amount that came in the wanted unit is what it was; nothing is worked out
        is_small = pc.less(pc.abs(amounts), SAME_BELOW)
        is_same = pc.fill_null(pc.and_(pc.equal(units, each.to), is_small), fill_value=False)
        if in_unit(1, each.to, each.to) is None or not pc.any(is_same).as_py():
            return self._asked(each.column, amounts, units, read)
        left = pc.if_else(is_same, None, amounts)
        told, wrong = self._asked(each.column, left, units, read)
        settled = {each.column: amounts, f"{each.column}_map": each.to}
        told |= {cell: pc.if_else(is_same, said, told[cell]) for cell, said in settled.items()}
        return told | {f"{each.column}_raw": amounts}, wrong

    def _asked(
        self, name: str, values: pa.Array, beside: pa.Array, read: Callable[[Any, Any], Cells]
    ) -> tuple[Columns, dict[int, str]]:
        """Give the cells of a column, asking once for each pair that stands in it."""
        known = self._known[name]
        (first, firsts), (second, seconds) = _numbered(values), _numbered(beside)
        n_second = max(len(seconds), 1)
        back, both = _numbered(pa.array(first * n_second + second))
        if len(known) + len(both) > MOST_KNOWN:
            known.clear()
        one, two = np.divmod(both.to_numpy(), n_second)
        pairs = zip(firsts.take(one).to_pylist(), seconds.take(two).to_pylist(), strict=True)
        found: list[Cells] = []
        wrong: dict[int, str] = {}
        for n, pair in enumerate(pairs):
            answer = known.get(pair)
            if answer is None:
                answer = known[pair] = self._flat(read(*pair))
            found.append(answer)
            if UNFIT in answer:
                column: str = answer[UNFIT]
                wrong |= dict.fromkeys(np.flatnonzero(back == n).tolist(), column)
        names = [cell for cell in found[0] if cell in self._kinds]
        take = pa.array(back)
        return {
            cell: pa.array([row[cell] for row in found], flat_kind(self._kinds[cell])).take(take)
            for cell in names
        }, wrong

    def _flat(self, told: Cells) -> Cells:
        """Give cells as their columns hold them; under `UNFIT` the first that cannot."""
        held: Cells = {}
        for cell in (cell for cell in self._kinds if cell in told):
            try:
                held[cell] = flat(self._kinds[cell], told[cell])
            except DoesNotFit:
                held[cell] = None
                held.setdefault(UNFIT, cell)
        return held


def _numbered(values: pa.Array) -> tuple[np.ndarray[Any, np.dtype[np.int64]], pa.Array]:
    """Give each value a number, alike where they are alike, and the value of each number."""
    packed = pc.dictionary_encode(values, null_encoding="encode")
    return packed.indices.to_numpy(zero_copy_only=False).astype(np.int64), packed.dictionary
