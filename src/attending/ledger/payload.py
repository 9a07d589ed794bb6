"""Payloads: what models were given and people wrote, sealed beside the facts.

A payload is named by the SHA-256 of its bytes and enters in the same commit as the facts
that quote the name, so neither is ever there without the other. It is sealed with
AES-256-GCM under a key that may lie on another volume; the name is authenticated with it,
so that no payload can be passed off as another. Whoever makes a payload salts it: its
name then tells nothing of bytes that could be guessed.

Nonces are random, 96 bits. NIST SP 800-38D section 8.3 allows 2**32 of them under one
key: a hundred a second for more than a year. Use a new key well before.
"""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from attending.errors import ProofFailed
from attending.ledger.randomness import random_bytes

NONCE_BYTES = 12


class Sealed(NamedTuple):
    """A payload as it is kept."""

    digest: str
    nonce: bytes
    sealed: bytes


class Sealer:
    """Seals payloads, and opens them for whoever holds the key.

    Parameters
    ----------
    key
        32 bytes.

    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, raw: bytes) -> Sealed:
        """Seal some bytes under their name."""
        name = sha256(raw).hexdigest()
        nonce = random_bytes(NONCE_BYTES)
        return Sealed(name, nonce, self._cipher.encrypt(nonce, raw, name.encode()))

    def open(self, kept: Sealed) -> bytes:
        """Open a payload.

        Raises
        ------
        ProofFailed
            If it is not what was sealed under this name, or another key sealed it.

        """
        try:
            raw = self._cipher.decrypt(kept.nonce, kept.sealed, kept.digest.encode())
        except (InvalidTag, ValueError):
            raise ProofFailed(f"payload {kept.digest} does not open with this key") from None
        if sha256(raw).hexdigest() != kept.digest:
            raise ProofFailed(f"payload {kept.digest} is not what its name says")
        return raw
