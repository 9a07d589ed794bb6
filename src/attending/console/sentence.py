"""A sentence about something to notice today, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attending.console.words import Tag


@dataclass(frozen=True)
class Sentence:
    """One thing to notice, and the page that says why."""

    tag: Tag
    words: str
    path: tuple[str, ...]
    about: str
