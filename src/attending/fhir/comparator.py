"""Results below or above a limit, which a view would give as the limit itself.

`<0.01` is a quantity with the value 0.01 and the comparator `<`; to FHIR the comparator changes how
the value is understood. A path to the value alone gives 0.01, as SQL on FHIR has it, so a view has
to read the comparator as well, or leave such values out by it. Here is told which views do neither,
and how many of a resource's values they would say wrongly. Source: FHIR R4 (4.0.1), Quantity; where
it says SimpleQuantity, as for a dose, there is no comparator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending.errors import Refused
from attending.fhir.functions import NoRow
from attending.fhir.project import project

if TYPE_CHECKING:
    from attending.fhir.view import View

COMPARATOR, VALUE = "comparator", "value"
QUANTITIES = ("Quantity", "Age", "numerator", "denominator")  # how their elements' names end
SIMPLE = frozenset({"doseQuantity", "rateQuantity"})

Tree = Any  # a part of a resource


def values_alone(view: View) -> tuple[str, ...]:
    """Name the quantities of which a view reads the value and not the comparator.

    As paths: ``component.valueQuantity``; nothing of a view whose paths cannot be told, as where
    it reads a value of any type: no use case may read through such a one.
    """
    return _alone(view) or ()


class SaidExactly:
    """Counts the cells of a view's rows that say a limit as if it had been measured.

    Parameters
    ----------
    view
        The view.

    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._alone = _Alone(_alone(view), mentions=_mentions(view))

    def __call__(self, resource: dict[str, Any]) -> int:
        """Count those of a resource: they would differ if its values with a comparator were gone.

        Raises
        ------
        NoRow
            A rule of the view cannot be kept for this resource.

        """
        without, n = _without(resource, self._alone) if self._alone else (resource, 0)
        if not n:
            return 0
        rows = self._view.tuples(resource)
        try:
            others = self._view.tuples(without)
        except NoRow:
            return n
        if len(rows) != len(others):
            return abs(len(rows) - len(others))
        pairs = zip(rows, others, strict=True)
        return sum(a != b for row, other in pairs for a, b in zip(row, other, strict=True))


class _Alone:
    """Tells of an element whether its value is read without its comparator.

    Parameters
    ----------
    paths
        Of those; None where they cannot be told, and then it is so of every element, unless
        the view mentions a comparator at all.

    """

    def __init__(self, paths: tuple[str, ...] | None, *, mentions: bool) -> None:
        self._is_all = paths is None and not mentions
        self._paths = frozenset(paths or ())
        # What lies in an extension or another resource is known by its last name.
        self._names = frozenset(_name(path) for path in self._paths if "(" in path)

    def __bool__(self) -> bool:
        return self._is_all or bool(self._paths)

    def __contains__(self, path: str) -> bool:
        return self._is_all or path in self._paths or _name(path) in self._names


def _alone(view: View) -> tuple[str, ...] | None:
    try:
        paths = set(project([view], free_text=True).elements[view.resource])
    except Refused:
        return None
    read = [path.rpartition(".") for path in sorted(paths)]
    return tuple(
        of
        for of, _, name in read
        if name == VALUE and _is_quantity(of) and f"{of}.{COMPARATOR}" not in paths
    )


def _mentions(view: View) -> bool:
    return COMPARATOR in str(view.definition.means)


def _name(path: str) -> str:
    return path.rpartition(".")[2]


def _is_quantity(path: str) -> bool:
    return _name(path).endswith(QUANTITIES) and _name(path) not in SIMPLE


def _without(part: Tree, alone: _Alone, path: str = "") -> tuple[Tree, int]:
    """Give a copy without the values of these elements that have a comparator, and their number."""
    if isinstance(part, list):
        made = [_without(each, alone, path) for each in part]
        return [each for each, _ in made], sum(n for _, n in made)
    if not isinstance(part, dict):
        return part, 0
    is_limit = bool(part.get(COMPARATOR)) and VALUE in part and path in alone
    kept = {key: each for key, each in part.items() if not (is_limit and key == VALUE)}
    inner = {key: _without(each, alone, f"{path}.{key}".lstrip(".")) for key, each in kept.items()}
    n = sum(each for _, each in inner.values()) + is_limit
    return {key: each for key, (each, _) in inner.items()}, n
