"""What a move is: one thing a plan may do to the world, and how it is seen to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.facts.plan import Plan


@dataclass(frozen=True)
class Move:
    """One move of the room.

    Attributes
    ----------
    sentence
        What it does, as an imperative.
    fits
        Whether a plan is of this move's kind; a plan that fits no move is refused.

    """

    sentence: str
    fits: Callable[[Plan], bool]
