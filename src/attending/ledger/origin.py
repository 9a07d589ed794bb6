"""Whether a replay made a store: its key bears that name, and its facts the times of its days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ledger import layout
from attending.ledger.offline_verifier import read_key

if TYPE_CHECKING:
    from pathlib import Path

REPLAY = "replay"  # the origin of a replay's ledger, and its gateway's name


def is_replay(store: Path) -> bool:
    """Tell whether a replay made this store: then its clock is the replay's."""
    key = layout.public_key(store)
    return key.exists() and read_key(key.read_text("utf-8"))[0] == REPLAY
