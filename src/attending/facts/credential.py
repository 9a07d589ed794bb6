"""Keys that vouch for callers: who put one on record, and who took it out of use.

A key goes by its thumbprint (RFC 7638): a digest of what is public of it, which anybody can
compute from the key and which no caller can choose. What was retired stays retired: a fact that
registers it again changes nothing, so that nobody brings a leaked key back by an old file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import msgspec

from attending import shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.facts.entry import Entry

TYPE = "credential/1"


class Credential(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=TYPE):
    """One thing said of a key.

    Attributes
    ----------
    key
        Its thumbprint: SHA-256, base64url, 43 characters.
    client
        The issuer that signs with it: a system, never a person.
    sites
        Where that client may call.
    state
        Whether it was put on record, or taken out of use.
    why
        The digest of what was written as the reason; empty where it was registered.

    """

    key: str
    client: str
    sites: tuple[str, ...] = ()
    state: Literal["registered", "retired"]
    why: str = ""


@dataclass(frozen=True)
class Credentials:
    """The keys on record, as they stand.

    Attributes
    ----------
    keys
        The last thing said of each, by thumbprint, in the order they were first named.

    """

    keys: Mapping[str, Credential] = field(default_factory=dict)

    def after(self, entry: Entry) -> Credentials:
        """Take one fact in."""
        if entry.fact.type != TYPE:
            return self
        said = shapes.convert(entry.fact.body, Credential)
        if self.is_retired(said.key):
            return self
        return Credentials({**self.keys, said.key: said})

    def is_retired(self, key: str) -> bool:
        """Tell whether a key was taken out of use; one that nobody named was not."""
        there = self.keys.get(key)
        return there is not None and there.state == "retired"
