"""A vendor: who makes what answers, and where a question of it may be sent."""

from __future__ import annotations

from typing import Literal

import msgspec


class Vendor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A maker of models, with the only address its answers may come from."""

    kind: Literal["Vendor"]
    name: str
    title: str
    contact: str
    base_url: str | None = None
    fields_allowed: tuple[str, ...] = ()
