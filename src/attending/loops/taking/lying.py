"""What lies in the inbox: files that are whole, by their keyed digests, and what is no file."""

from __future__ import annotations

import os
from hashlib import file_digest
from typing import TYPE_CHECKING

from attending.ingest.drop import READ_BY
from attending.ingest.streams.steady import only_a_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attending.loops.parts import Drops

BEING_WRITTEN = (".part", ".tmp")
NOT_OPENED = "it cannot be opened: {}"
NO_FILE = "it is no file"


def lying(folder: Path, refused: dict[Path, str]) -> Iterator[tuple[str, Path]]:
    """Give source and path of each file that lies whole in its folder; say what is no file."""
    for source in _inside(folder, refused):
        for path in _inside(source, refused):
            if path.name.startswith(".") or path.name.endswith(BEING_WRITTEN):
                continue
            if _is_file(path):
                yield source.name, path
            elif path.suffix.lower() in READ_BY:
                refused[path] = NO_FILE


def _inside(folder: Path, refused: dict[Path, str]) -> list[Path]:
    """Give what lies in a folder by name; nothing of what is none, or may not be looked into."""
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        refused[folder] = NOT_OPENED.format(error.strerror)
        return []


def _is_file(path: Path) -> bool:
    """Tell whether it is a file; whoever opens it finds out why that cannot be told."""
    try:
        return path.is_file()
    except OSError:
        return True


def digest_of(drops: Drops, name: Callable[[str, str], str], path: Path) -> str:
    """Give a file's keyed digest; a file whose stamp is as it was is not read again."""
    with open(path, "rb", opener=only_a_file) as file:
        s = os.fstat(file.fileno())
        its = (s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns)
        was = drops.files.get(path)
        if was is not None and was[0] == its:
            return was[1]
        digest = name("file", file_digest(file, "sha256").hexdigest())
    drops.files[path] = (its, digest)
    return digest
