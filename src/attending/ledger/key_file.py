"""A file that holds one secret key, for its owner alone."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ledger.durable_file import sync_folder

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
OWNER_ONLY = 0o600
OTHERS_MAY_READ = 0o077


def key_in(path: Path, *, drawn: bytes | None = None) -> bytes:
    """Read a key, and draw one where there is none; a story hands in the one to keep.

    Raises
    ------
    Refused
        If others on this machine may read it, it is no key, or its folder is not there.

    """
    if not path.parent.is_dir():
        raise Refused("there is no such folder to keep a key in", where=str(path.parent))
    if not path.exists():
        with suppress(FileExistsError):
            _draw(path, drawn or secrets.token_bytes(KEY_BYTES))
    if os.name == "posix" and path.stat().st_mode & OTHERS_MAY_READ:
        raise Refused("others may read this key; chmod 600 it", where=str(path))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise Refused(f"a key holds {KEY_BYTES} bytes, not {len(key)}", where=str(path))
    return key


def _draw(path: Path, key: bytes) -> None:
    """Keep a new key; it is whole and on disk before it bears its name."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    try:
        os.write(file, key)
        os.fsync(file)
    finally:
        os.close(file)
    try:
        os.link(beside, path)  # unlike a rename, never over a key that another drew meanwhile
    finally:
        beside.unlink()
    sync_folder(path.parent)
