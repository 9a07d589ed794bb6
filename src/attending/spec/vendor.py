"""A vendor: who makes what answers, and where a question of it may be sent."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import PLACE, Text


class Vendor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A maker of models, with the only address its answers may come from."""

    kind: Literal["Vendor"]
    name: Annotated[Text, msgspec.Meta(description="what models call it")]
    title: Annotated[Text, msgspec.Meta(description="the name people know it by")]
    contact: Annotated[
        Text,
        msgspec.Meta(description="whom to call when its answers stop or change"),
    ]
    base_url: str | None = None
    fields_allowed: tuple[Text, ...] = ()
    data_in: (
        Annotated[
            tuple[Annotated[str, msgspec.Meta(pattern=PLACE)], ...],
            msgspec.Meta(
                min_length=1,
                description="where what is sent to it is kept and worked on, such as US-VA",
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
