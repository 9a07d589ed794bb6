"""Progress of files of clinical data: how much of what they hold was read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from attending.cli.speaking.progress import Progress
from attending.lake.at_rest import at_rest
from attending.lake.inflate import GZIP

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MEGABYTE = 1_000_000
LENGTH = 4  # bytes at the end of gzip in which it says how long it is when unpacked


def taking_in(files: Iterable[Path]) -> Progress:
    """Give a progress that is stepped by the bytes read, unpacked, of all these files."""
    total = sum(unpacked(path) for path in files if path.is_file())
    return Progress("taking in", total=total, unit="MB", each=MEGABYTE)


def unpacked(path: Path) -> int:
    """Give how many bytes a file says that it holds; it is shown to people and relied on nowhere.

    Gzip says so modulo 4 GiB and of its last member alone.
    """
    with at_rest(path.resolve()).reading(path) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        if file.read(len(GZIP)) != GZIP or size < len(GZIP) + LENGTH:
            return size
        file.seek(-LENGTH, os.SEEK_END)
        return int.from_bytes(file.read(LENGTH), "little")
