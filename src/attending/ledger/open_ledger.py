"""Open a ledger to read and to write.

The embedded layout is one folder: ``ledger.db``, ``checkpoints/``, ``keys/``. With a
PostgreSQL connection string the facts are there, and the folder keeps what must stand
outside the database: the checkpoints and the keys.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ledger import layout
from attending.ledger.checkpoint import Seal
from attending.ledger.durable_file import sync_folder
from attending.ledger.key_file import key_in
from attending.ledger.note import Signer, default_name, new_key
from attending.ledger.open_reader import open_store
from attending.ledger.payload import Sealer
from attending.ledger.read import Reader
from attending.ledger.salt import random_salt
from attending.ledger.write import CHECKPOINT_EVERY, Pen

if TYPE_CHECKING:
    from pathlib import Path

    from attending.ledger.salt import Salt


def open_ledger(
    directory: Path,
    *,
    salt: Salt | None = None,
    origin: str | None = None,
    dsn: str | None = None,
    checkpoint_every: float = CHECKPOINT_EVERY,
    payload_key: Path | None = None,
) -> tuple[Reader, Pen]:
    """Open the ledger in a folder, and make it if there is none.

    Parameters
    ----------
    directory
        The folder.
    salt
        Where salts come from; random unless a replay says otherwise.
    origin
        The log's name in its checkpoints; drawn from the key when nobody chose one.
    dsn
        A PostgreSQL connection string, when facts are kept there.
    checkpoint_every
        Seconds that a fact may wait for a signed checkpoint; a replay, which has no
        seconds, gives infinity and signs when a day closes.
    payload_key
        The file of the key that payloads are sealed with, drawn where there is none;
        without it the pen takes facts alone.

    Raises
    ------
    ProofFailed
        If what is kept is not what the last checkpoint signed.
    Refused
        If the ledger there has another origin, or a file lies where its folder should.

    """
    if directory.exists() and not directory.is_dir():
        raise Refused("a store is a folder, and this is a file", where=str(directory))
    for folder in (directory, layout.checkpoints(directory), layout.keys(directory)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    seal = Seal(layout.checkpoints(directory), _signer(directory, origin))
    opened = partial(open_store, directory, dsn=dsn, writing=True)
    pen = Pen(
        opened,
        seal,
        salt=salt or random_salt(),
        checkpoint_every=checkpoint_every,
        sealer=None if payload_key is None else Sealer(key_in(payload_key)),
    )
    sync_folder(directory)
    return Reader(open_store(directory, dsn=dsn)), pen


def _signer(directory: Path, origin: str | None) -> Signer:
    private = layout.private_key(directory)
    if not private.exists():
        if any(layout.checkpoints(directory).iterdir()):
            raise Refused("the ledger's signing key is gone", where=str(private))
        key = new_key()
        made = Signer(origin or default_name(key), key)
        made.save(private, layout.public_key(directory))
    signer = Signer.load(private)
    if origin not in (None, signer.name):
        raise Refused(f"this ledger's origin is {signer.name}, not {origin}", where=str(directory))
    return signer
