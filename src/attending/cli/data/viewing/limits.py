"""Tell of results below or above a limit that a view gives as the limit itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from attending.fhir.comparator import SaidExactly, values_alone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.fhir.view import View
    from attending.loops.data.limits import Limited

READ_IT = "have its comparator in a column, or leave such values out by where(comparator.empty())"


def alone(view: View) -> list[str]:
    """Say which values a view reads without their comparators."""
    return [
        f"{view.resource}.{path}.value is read without its comparator: <0.01 gives 0.01"
        for path in values_alone(view)
    ]


def tell_alone(view: View) -> None:
    """Print on stderr which values a view reads without their comparators, and what to do."""
    for said in alone(view):
        click.echo(f"{view.name}: {said}; {READ_IT}", err=True)


def tell_limited(found: Iterable[Limited]) -> None:
    """Print on stderr how many values of each view are limits that it gives as measured."""
    for each in found:
        click.echo(
            f"{each.view} at {each.site}: {_n(each.values, 'value')} came with a comparator that "
            f"is not read: {READ_IT}",
            err=True,
        )


class Limits:
    """Counts what a view gives as measured and was not.

    Parameters
    ----------
    view
        The view, before any map.

    """

    def __init__(self, view: View) -> None:
        self._said_exactly = SaidExactly(view)
        self._n_values = self._n_resources = 0

    def look_at(self, resource: dict[str, Any]) -> None:
        """Count a resource of which the view has rows."""
        n = self._said_exactly(resource)
        self._n_values += n
        self._n_resources += n > 0

    def tell(self) -> None:
        """Print on stderr how many there were; nothing where there were none."""
        if self._n_values:
            said = f"{_n(self._n_values, 'value')} of {_n(self._n_resources, 'resource')}"
            click.echo(f"{said} came with a comparator that is not read: {READ_IT}", err=True)


def _n(n: int, name: str) -> str:
    return f"{n:,} {name}{'s' * (n != 1)}"
