"""A FHIR server that gives data in bulk, and how it is asked (FHIR Bulk Data 3.0 and 4.0)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import Text


class BulkServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where to ask, as whom, and for what.

    Attributes
    ----------
    base_url
        The server's FHIR address.
    token_url
        Where tokens are given; the server's own configuration says so where this is empty.
    client_id, key_file
        Who asks: without a client no token is asked for. The key is a private JWK, RSA or EC
        P-384, in a file beside this one that its owner alone may read.
    export
        ``system``, ``patient``, or ``group`` with the group's id.
    types
        Resource types; all of them where none is named.

    """

    kind: Literal["BulkServer"]
    name: Text
    site: Text
    base_url: Annotated[Text, msgspec.Meta(description="the server's FHIR address")]
    token_url: str = ""
    client_id: str = ""
    key_file: str = ""
    scope: Text = "system/*.rs"
    export: Literal["system", "patient", "group"] = "patient"
    group: str = ""
    types: tuple[Text, ...] = ()

    @property
    def of_whom(self) -> str:
        """Say whose data an export asks for: its level, and the group where it is of one."""
        return f"group {self.group}" if self.export == "group" else self.export
