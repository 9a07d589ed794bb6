"""Upstream: which tables of a warehouse a source reads, and which use cases wait for them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import Name, Text


class UpstreamTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One table: `views` are those filled from it, or columns of them as ``view.column``.

    `within_hours` is how old its last run may be. `holds` names the use cases that wait while
    it, or a table it rests on, failed, failed a test, or is stale.
    """

    table: Annotated[Text, msgspec.Meta(description="as the warehouse names it, with its schema")]
    views: tuple[Text, ...] = ()
    within_hours: Annotated[float, msgspec.Meta(gt=0)] | None = None
    holds: tuple[Text, ...] = ()


class Upstream(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The tables of one source."""

    kind: Literal["Upstream"]
    name: Annotated[Name, msgspec.Meta(description="what findings and pages call it")]
    source: Annotated[Text, msgspec.Meta(description="the source that reads the tables")]
    site: Annotated[Text, msgspec.Meta(description="whose data they are")]
    tables: Annotated[
        tuple[UpstreamTable, ...], msgspec.Meta(min_length=1, description="which, as a list")
    ]
