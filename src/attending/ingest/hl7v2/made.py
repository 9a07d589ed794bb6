"""A resource in the making, and a reference to one whose id is not settled yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]


@dataclass
class Made:
    """A resource in the making."""

    kind: str
    body: Body = field(default_factory=dict)
    id: str = ""

    def __post_init__(self) -> None:
        self.body.setdefault("resourceType", self.kind)


@dataclass(frozen=True, eq=False)
class Pointer:
    """A reference to a resource whose id is not settled yet."""

    to: Made

    def __eq__(self, other: object) -> bool:
        """Tell whether both lead to one and the same resource."""
        return isinstance(other, Pointer) and other.to is self.to

    def __hash__(self) -> int:
        """Go by the resource itself."""
        return id(self.to)
