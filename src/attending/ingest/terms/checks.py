"""The checks that a document of terms asks for: no more may be left over than it allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.spec.data.checks import CheckLine, Checks

if TYPE_CHECKING:
    from attending.fhir.mapped import MappedColumn, MeasuredColumn
    from attending.spec.data.terms import Terms


def checks_of_terms(terms: Terms, view: str) -> Checks:
    """Give the checks of one view's table, as the lake keeps it.

    Parameters
    ----------
    terms
        What its columns go through.
    view
        The view; it is one that `terms` declares a column of.

    """
    going: tuple[MappedColumn | MeasuredColumn, ...] = (*terms.columns, *terms.units)
    columns = [each for each in going if each.view == view]
    return Checks(
        kind="Checks",
        name=f"{terms.name}_mapped",
        source=terms.name,
        table=view,
        key="key",
        order="received",
        order_as="number",
        site="site",
        checks=tuple(
            CheckLine(
                check="is_mapped",
                column=f"{each.column}_map",
                allowed=each.allowed_unmapped,
                holds=each.holds,
            )
            for each in columns
        ),
    )
