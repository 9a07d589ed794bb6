"""What people write down is sealed: salted, kept beside the facts, and named by its digest."""

from __future__ import annotations

from hashlib import sha256

from attending.digest import canonical
from attending.errors import Refused
from attending.ledger.randomness import random_bytes

SALT_BYTES = 16
LEAST = 8  # characters of a reason: fewer than a word say nothing to whoever asks later


def sealed(text: str) -> tuple[bytes, str]:
    """Make a payload of what somebody wrote, salted, and give the name it goes by."""
    raw = canonical({"salt": random_bytes(SALT_BYTES).hex(), "text": text})
    return raw, sha256(raw).hexdigest()


def sealed_if_any(text: str) -> tuple[list[bytes], str]:
    """Make payloads of what somebody may have written: none, and no name, where it is nothing."""
    if not text:
        return [], ""
    raw, named = sealed(text)
    return [raw], named


def reason(text: str, *, of: str) -> tuple[bytes, str]:
    """Make a payload of a reason, and give the name it goes by.

    Parameters
    ----------
    text
        What somebody wrote.
    of
        What it is the reason of, for whoever gave none.

    Raises
    ------
    Refused
        There is none to speak of.

    """
    if len(text.strip()) < LEAST:
        raise Refused(f"{of} needs a reason, in {LEAST} characters or more")
    return sealed(text.strip())
