"""Verify a whole ledger: every leaf, every root, every signed checkpoint.

The checking is `offline_verifier`'s, so that the platform and an auditor cannot
disagree; here signatures are checked by the cryptography library, which is faster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ledger import layout
from attending.ledger.note import signed_by
from attending.ledger.offline_verifier import (
    Verification,
    check_directory,
    check_ledger,
    read_key,
)
from attending.ledger.open_reader import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attending.ledger.offline_verifier import Key


def verify(directory: Path, *, keys: Sequence[Path] = (), dsn: str | None = None) -> Verification:
    """Recompute everything and name the first fact that cannot be vouched for.

    Parameters
    ----------
    directory
        The ledger's folder: its checkpoints, and its database unless `dsn` is given.
    keys
        Public key files obtained elsewhere; the folder's own when none is given.
    dsn
        A PostgreSQL connection string, when facts are kept there.

    Raises
    ------
    Refused
        If there is no ledger, or no public key to verify it with.

    """
    known = public_keys(directory, keys)
    if dsn is None:
        if not layout.database(directory).exists():
            raise Refused("no ledger is kept here", where=str(directory))
        try:
            return check_directory(directory, known, signed_by)
        except ValueError as damage:
            return Verification(0, "", 0, 0, 0, 0, str(damage))
    store = open_store(directory, dsn=dsn)
    try:
        rows = store.rows(0, store.tip()[0])
        return check_ledger(rows, layout.checkpoints(directory), known, signed_by)
    finally:
        store.close()


def public_keys(directory: Path, given: Sequence[Path] = ()) -> list[Key]:
    """Read the keys to verify with: those given, or the ledger's own."""
    files = list(given) or sorted(layout.keys(directory).glob("*.pub"))
    if not files:
        raise Refused("no public key to verify with", where=str(layout.keys(directory)))
    try:
        return [read_key(file.read_text("utf-8")) for file in files]
    except (OSError, ValueError) as error:
        raise Refused(f"a public key cannot be read: {error}") from error
