"""A model: what answers, as a file or a set of coefficients, named by its digest."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import Sha256, Text


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One input: a number (standardized by mean and scale) or one of a set of codes."""

    mean: float | None = None
    scale: float | None = None
    coefficient: float | None = None
    codes: dict[str, float] | None = None
    fill: float | str | None = None


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A model as declared; `engine` names a room of `serve/engines`.

    A `file` lies in the use case's own folder and is named by its `sha256`, so that
    another file under the same name is never taken for it.
    """

    kind: Literal["Model"]
    name: Annotated[Text, msgspec.Meta(description="what use cases call it")]
    title: Annotated[Text, msgspec.Meta(description="the name people know it by")]
    version: Annotated[
        Text,
        msgspec.Meta(description="its maker's version; a new one is a new release"),
    ]
    engine: Annotated[Text, msgspec.Meta(description="which engine computes its answers")]
    vendor: str = ""
    credit: str = ""
    file: Annotated[
        Text | None,
        msgspec.Meta(description="a file in this folder; needs its sha256"),
    ] = None
    sha256: Sha256 | None = None
    intercept: float | None = None
    fields: dict[str, Field] = {}
    # A mapping has no order, in YAML or in a digest: what rests on one says it.
    order: (
        Annotated[
            tuple[str, ...],
            msgspec.Meta(
                description="the order in which a file's one input tensor holds the fields"
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    rules: tuple[dict[str, str | float | int | bool], ...] = ()
    output: Text = "probability"
