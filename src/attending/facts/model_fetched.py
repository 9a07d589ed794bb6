"""That a model's file was read, by whom and which bytes (contract C44)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.facts.fact import Fact

if TYPE_CHECKING:
    from attending.facts.fact import By

TYPE = "model_fetched/1"


class ModelFetched(msgspec.Struct, frozen=True, kw_only=True):
    """`model_fetched/1`: a process read a model's file, told before it answers with it.

    Attributes
    ----------
    model, version, file
        As its spec names them.
    sha256
        Of the bytes that were read.

    """

    model: str
    version: str
    file: str
    sha256: str


def fetched(told: ModelFetched, *, use_case: str, release: str, by: By, at: str) -> Fact:
    """Give the fact of one reading; a process that starts again reads again."""
    return Fact(
        kind="acted",
        key=f"{by.person}/{use_case}/{release}/{told.sha256}/{at}/fetched",
        at=at,
        by=by,
        use_case=use_case,
        release=release,
        body={"type": TYPE, **msgspec.to_builtins(told)},
    )
