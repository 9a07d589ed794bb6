"""How a use case's features are read: its views, and what their columns go through first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attending.fhir.mapped_view import Through

if TYPE_CHECKING:
    from attending.spec.data.view import View

NOTHING = Through()


@dataclass(frozen=True)
class Reading:
    """What a gateway, a replay and a trace make features with, all three alike.

    Attributes
    ----------
    views
        As they are declared.
    through
        The columns that go through maps or into a unit, and the maps.

    """

    views: tuple[View, ...] = ()
    through: Through = NOTHING
