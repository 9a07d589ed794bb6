"""The dropped files that were not taken in, or are asked nothing, as a page says it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

MOST_TOLD = 3  # files: a page is no list of them


def not_taken_in(refused: Mapping[Path, str]) -> list[str]:
    """Say of some files why they were not taken in, and how many more there are.

    Parameters
    ----------
    refused
        Why, by file. What is no text in a file's name is replaced.

    """
    said = [
        f"The file {_shown(path)} is not taken in: {because}."
        for path, because in list(refused.items())[:MOST_TOLD]
    ]
    more = len(refused) - MOST_TOLD
    return [*said, f"{more:,} more are not taken in either."] if more > 0 else said


def not_asked(unread: Collection[Path]) -> list[str]:
    """Say of some files that were taken in that no check can read them, and how many more."""
    said = [f"No check can read the file {_shown(p)}." for p in sorted(unread)[:MOST_TOLD]]
    more = len(unread) - MOST_TOLD
    return [*said, f"Nor {more:,} more."] if more > 0 else said


def _shown(path: Path) -> str:
    return os.fsencode(f"{path.parent.name}/{path.name}").decode("utf-8", "replace")
