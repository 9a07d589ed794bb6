"""Checkpoints: the signed head of the tree at a size (C2SP tlog-checkpoint).

They stand in a folder outside the database, one file per size: whoever rewrites the
database cannot rewrite them without the key. Further signature lines, such as a
witness's, may be added to a file; they do not disturb whoever does not know them.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attending.errors import ProofFailed
from attending.ledger.durable_file import write_durably
from attending.ledger.note import signed_by
from attending.ledger.offline_verifier import read_checkpoint, read_key

if TYPE_CHECKING:
    from pathlib import Path

    from attending.ledger.note import Signer


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log has promised: at this size, this root.

    Attributes
    ----------
    origin
        Whose log.
    size
        How many facts.
    root
        The tree head, in hexadecimal.
    note
        The signed note, as it is kept.

    """

    origin: str
    size: int
    root: str
    note: str


class Seal:
    """Signs tree heads and keeps them in the second place.

    Parameters
    ----------
    folder
        Where checkpoints stand.
    signer
        The log's own key; its name is the origin.

    """

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._folder = folder
        self._signer = signer

    def sign(self, size: int, root: bytes) -> Checkpoint:
        """Sign a head and make it durable."""
        text = f"{self._signer.name}\n{size}\n{b64encode(root).decode()}\n"
        note = f"{text}\n{self._signer.sign(text)}"
        write_durably(checkpoint_path(self._folder, size), note.encode())
        return Checkpoint(self._signer.name, size, root.hex(), note)

    def latest(self) -> Checkpoint | None:
        """Give the largest checkpoint there is, its signature checked.

        Raises
        ------
        ProofFailed
            If it is not what this log signed.

        """
        return latest(self._folder, self._signer.verifier_key)


def latest(folder: Path, key: str) -> Checkpoint | None:
    """Give the largest checkpoint there is, its signature checked.

    Parameters
    ----------
    folder
        Where checkpoints stand.
    key
        The log's verifier key.

    Raises
    ------
    ProofFailed
        If it is not what this log signed.

    """
    files = sorted(folder.glob("*.note"))
    return _read(files[-1], key) if files else None


def checkpoint_path(folder: Path, size: int) -> Path:
    """Give the file of the checkpoint at a size; names sort as sizes do."""
    return folder / f"{size:020d}.note"


def checkpoint_over(folder: Path, size: int, key: str) -> Checkpoint:
    """Give the smallest checkpoint that covers so many facts, its signature checked.

    Parameters
    ----------
    folder
        Where checkpoints stand.
    size
        How many facts it must cover.
    key
        The log's verifier key.

    Raises
    ------
    ProofFailed
        There is none, or it is not what this log signed.

    """
    least = checkpoint_path(folder, size).name
    file = min((path for path in folder.glob("*.note") if path.name >= least), default=None)
    if file is None:
        raise ProofFailed(f"no signed checkpoint covers {size} facts", where=str(folder))
    return _read(file, key)


def _read(file: Path, key: str) -> Checkpoint:
    raw = file.read_bytes()
    try:
        origin, size, root = read_checkpoint(raw, [read_key(key)], signed_by)
    except ValueError as bad:
        raise ProofFailed(f"a checkpoint does not hold: {bad}", where=str(file)) from bad
    return Checkpoint(origin, size, root.hex(), raw.decode())
