"""Make one file of what an auditor takes away, list its parts, and sign the list.

The zip has one form only, so that whoever checks it can make it again and compare: the same
function of `offline_binder` writes it here and there. The store's own key signs the list of
files, in a note whose text no checkpoint can have.
"""

from __future__ import annotations

import re
from hashlib import sha256
from importlib.resources import files as resources
from typing import TYPE_CHECKING, Any, NamedTuple

from attending.digest import canonical
from attending.errors import Refused
from attending.ledger import layout
from attending.ledger.note import Signer
from attending.ledger.offline_binder import canonical_zip

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST_BYTES = 2**32 - 2**20  # what a zip without extensions can hold, and some for its index
MOST_FILES = 2**16 - 2
NAME = re.compile(r"[A-Za-z0-9_]+(/[A-Za-z0-9_]+)?(\.[a-z]+)?")


class SealedBinder(NamedTuple):
    """A binder as it is handed over.

    Attributes
    ----------
    raw, digest
        The zip, and its SHA-256.
    manifest
        The SHA-256 of its list of files, which is what the key signed.

    """

    raw: bytes
    digest: str
    manifest: str


def seal_binder(
    directory: Path, files: Mapping[str, bytes], about: Mapping[str, Any]
) -> SealedBinder:
    """List some files, sign the list with the ledger's key, and put all of it into one zip.

    Parameters
    ----------
    directory
        The ledger's folder, which holds the key.
    files
        By path in the zip; the file that checks it is added.
    about
        What else the list says.

    Raises
    ------
    Refused
        They are more than a zip can hold.

    """
    shipped = resources("attending.ledger").joinpath("offline_binder.py").read_bytes()
    files = {**files, "verify.py": shipped}
    if len(files) > MOST_FILES or sum(map(len, files.values())) > MOST_BYTES:
        raise Refused("this is more than one binder can hold; ask for fewer sites or days")
    if odd := [name for name in files if not NAME.fullmatch(name)]:
        raise Refused(f"{odd[0]!r} is no name of a file in a binder")
    listed = [
        {"path": name, "size": len(raw), "sha256": sha256(raw).hexdigest()}
        for name, raw in sorted(files.items())
    ]
    manifest = canonical({"schema": "binder/1", **about, "files": listed})
    named = sha256(manifest).hexdigest()
    signer = Signer.load(layout.private_key(directory))
    text = f"{signer.name}\nbinder/1\n{named}\n"
    note = f"{text}\n{signer.sign(text)}".encode()
    raw = canonical_zip({**files, "MANIFEST.json": manifest, "MANIFEST.note": note})
    return SealedBinder(raw, sha256(raw).hexdigest(), named)
