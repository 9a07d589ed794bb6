"""A model: what answers, as a file or a set of coefficients, named by its digest."""

from __future__ import annotations

from typing import Literal

import msgspec


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One input: a number (standardized by mean and scale) or one of a set of codes."""

    mean: float | None = None
    scale: float | None = None
    coefficient: float | None = None
    codes: dict[str, float] | None = None
    fill: float | str | None = None


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A model as declared; `engine` names a room of `serve/engines`."""

    kind: Literal["Model"]
    name: str
    title: str
    version: str
    engine: str
    vendor: str = ""
    credit: str = ""
    file: str | None = None
    sha256: str | None = None
    intercept: float | None = None
    fields: dict[str, Field] = {}
    rules: tuple[dict[str, str | float | int | bool], ...] = ()
    output: str = "probability"
