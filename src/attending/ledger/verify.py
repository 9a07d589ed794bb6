"""Verify a whole ledger: every leaf, every root, every signed checkpoint.

The checking is `offline_verifier`'s, so that the platform and an auditor cannot
disagree; here signatures are checked by the cryptography library, which is faster.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from attending.errors import ProofFailed, Refused
from attending.ledger import layout
from attending.ledger.note import signed_by
from attending.ledger.offline_binder import check_binder
from attending.ledger.offline_verifier import (
    Verification,
    check_directory,
    check_ledger,
    read_key,
)
from attending.ledger.open_reader import open_store
from attending.ledger.read import Reader
from attending.ledger.witness import cosigned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.ledger.offline_verifier import Key
    from attending.ledger.witness import Cosigned, WitnessKey


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


def verify_binder(raw: bytes, keys: Sequence[Path], ledger: Path | None = None) -> dict[str, Any]:
    """Check an evidence binder as the file shipped in it does; `because` is empty if it holds.

    Parameters
    ----------
    raw
        The zip.
    keys
        Public key files obtained elsewhere; a key that came with the binder proves nothing.
    ledger
        The ledger's folder, to tell whether a fact was left out.

    Raises
    ------
    Refused
        If no key is given, or one cannot be read.

    """
    if not keys:
        raise Refused(
            "a binder is checked with a key that you got elsewhere",
            accepted=["--key FILE, from somebody other than whoever gave you the binder"],
        )
    known = public_keys(Path(), keys)
    try:
        return check_binder(raw, known, signed_by, ledger)
    except Exception as error:  # noqa: BLE001  (a binder that breaks a parser proves nothing)
        said = error.args if type(error) is ValueError else (f"it cannot be read: {error!r}",)
        return {"because": str(said[0]), "first_bad": said[1] if said[1:] else None}


def verify_until(directory: Path, size: int) -> Verification:
    """Verify a whole ledger, and tell of its first `size` facts as they stood.

    What is told of a sound ledger then stays the same however much is added to it.
    """
    found = verify(directory)
    if found.because:
        return found
    sizes = [int(p.stem) for p in layout.checkpoints(directory).glob("*.note")]
    signed = [n for n in sizes if n <= size]
    reader = Reader(open_store(directory))
    try:
        root = reader.root(size)
    finally:
        reader.close()
    beyond = size - max(signed, default=0)
    return found._replace(size=size, root=root, checkpoints=len(signed), beyond=beyond)


def witnessed(
    directory: Path, witness: WitnessKey, *, note: bytes | None = None, dsn: str | None = None
) -> Cosigned:
    """Hold a verified ledger against the last of it that a witness vouched for.

    Parameters
    ----------
    directory
        The ledger's folder.
    witness
        Its public key, got from the witness.
    note
        The checkpoint that the witness keeps; without it the last one in the folder that bears
        its signature, which whoever rewrites the folder could have taken away.
    dsn
        A PostgreSQL connection string, when facts are kept there.

    Raises
    ------
    ProofFailed
        It vouched for none, or for a ledger that is not the beginning of this one.

    """
    files = sorted(layout.checkpoints(directory).glob("*.note"), reverse=True)
    notes = (file.read_bytes() for file in files) if note is None else iter([note])
    found = next(filter(None, (cosigned(each, witness) for each in notes)), None)
    if found is None:
        which = "checkpoint here" if note is None else "note"
        raise ProofFailed(f"no {which} bears a signature of {witness.name} that holds")
    reader = Reader(open_store(directory, dsn=dsn))
    try:
        size = reader.size()
        if size < found.size:
            raise ProofFailed(f"{witness.name} saw {found.size} facts; {size} are here", index=size)
        if reader.root(found.size) != found.root.hex():
            raise ProofFailed(f"{witness.name} saw another ledger of {found.size} facts")
    finally:
        reader.close()
    return found
