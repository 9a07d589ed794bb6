"""Where the parts of a ledger stand in its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def database(directory: Path) -> Path:
    """Give the embedded store's file."""
    return directory / "ledger.db"


def story_clock(directory: Path) -> Path:
    """Give the file that says what time it is in a simulated system's store."""
    return directory / "story-clock"


def checkpoints(directory: Path) -> Path:
    """Give the folder of signed checkpoints: the second place."""
    return directory / "checkpoints"


def keys(directory: Path) -> Path:
    """Give the folder of keys; every ``.pub`` in it is, or was, the log's."""
    return directory / "keys"


def private_key(directory: Path) -> Path:
    """Give the signing key's file, for its owner alone."""
    return keys(directory) / "ledger.key"


def payload_key(directory: Path) -> Path:
    """Give the key that payloads are sealed with, where it is not kept on another volume."""
    return keys(directory) / "payload.key"


def public_key(directory: Path) -> Path:
    """Give the public key's file: the one to hand to an auditor."""
    return keys(directory) / "ledger.pub"
