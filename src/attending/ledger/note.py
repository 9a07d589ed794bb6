"""Signed notes: text that Ed25519 keys vouch for (C2SP signed-note).

Here notes are signed and signatures are added to; they are opened and checked in
`offline_verifier`, so that what an auditor runs is what the platform runs.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from attending.errors import Refused
from attending.ledger.durable_file import write_durably

if TYPE_CHECKING:
    from pathlib import Path

ED25519 = b"\x01"  # C2SP signed-note: the signature type identifier byte
OTHERS_MAY_READ = 0o077
SECRET = "PRIVATE+KEY"  # noqa: S105  (the word that opens a key file, not a key)


class Signer:
    """A private key and the name it signs under.

    Attributes
    ----------
    KIND
        The byte that says what its signatures are over (C2SP signed-note).

    Parameters
    ----------
    name
        The key's name: for a log its origin, for a witness its own name.
    key
        The Ed25519 private key.

    """

    KIND: ClassVar[bytes] = ED25519

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self.name = check_name(name)
        self._key = key
        self._public = key.public_key().public_bytes_raw()
        self._id = sha256(name.encode() + b"\n" + self.KIND + self._public).digest()[:4]

    @classmethod
    def load(cls, private: Path) -> Self:
        """Read a private key file.

        Raises
        ------
        Refused
            If others on this machine may read it, or it is no key of this kind.

        """
        if os.name == "posix" and private.stat().st_mode & OTHERS_MAY_READ:
            raise Refused("others may read this signing key; chmod 600 it", where=str(private))
        line = private.read_text("utf-8").strip()
        word, _, rest = line.partition(f"{SECRET}+")
        try:
            name, _, coded = rest.split("+", 2)
            raw = b64decode(coded, validate=True)
            key = Ed25519PrivateKey.from_private_bytes(raw[1:])
        except ValueError as error:
            raise Refused("this is not a signing key", where=str(private)) from error
        if word or raw[:1] != cls.KIND:
            raise Refused("this is not a signing key of the kind needed here", where=str(private))
        return cls(name, key)

    @property
    def verifier_key(self) -> str:
        """Give the public half: ``name+id+base64(kind || key)``."""
        return f"{self.name}+{self._id.hex()}+{_coded(self.KIND + self._public)}"

    def sign(self, text: str) -> str:
        """Give the signature line for a text that ends in a newline."""
        return f"\u2014 {self.name} {_coded(self._id + self._key.sign(text.encode()))}\n"

    def save(self, private: Path, public: Path) -> None:
        """Write the private half for its owner alone, and the public half beside it."""
        secret = _coded(self.KIND + self._key.private_bytes_raw())
        line = f"{SECRET}+{self.name}+{self._id.hex()}+{secret}\n"
        write_durably(private, line.encode(), mode=0o600)
        write_durably(public, f"{self.verifier_key}\n".encode(), mode=0o644)


def new_key() -> Ed25519PrivateKey:
    """Draw a key."""
    return Ed25519PrivateKey.generate()


def default_name(key: Ed25519PrivateKey) -> str:
    """Give a log a name of its own when nobody chose one: no two keys share it."""
    tail = sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
    return f"attending.local/ledger/{tail}"


def check_name(name: str) -> str:
    """Refuse a key name that would not survive in a signature line."""
    if not name or "+" in name or any(letter.isspace() for letter in name):
        raise Refused(f"a key's name holds no space and no plus: {name!r}")
    return name


def signed_by(public: bytes, text: bytes, signature: bytes) -> bool:
    """Check one signature with the cryptography library: the same answer, sooner."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _coded(raw: bytes) -> str:
    return b64encode(raw).decode()
