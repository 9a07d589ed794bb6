"""A vendor's own model, asked at its address: cleared fields out, one score back.

The vendor is asked by ``POST`` of ``{"fields": {name: value}}`` and answers ``{"score": number}``;
whatever else it says is not read, so that no text of a vendor's reaches a card. It is sent the
model's fields and no others, through the one way out (`serve.egress`). It is never asked again
for an answer that is on record: that would send what a patient's record says a second time.

Reference: contracts C44 (purpose) and C5 (deadlines).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.errors import Refused
from attending.fhir.cleared import Cleared, NotCleared
from attending.serve.engine import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attending.serve.engine import Engine, Value, WayOut
    from attending.spec.model import Model


class _Said(msgspec.Struct, frozen=True):
    score: float


_decode = shapes.decoder(_Said).decode


class _VendorHttp:
    def __init__(self, name: str, fields: tuple[str, ...], out: WayOut | None = None) -> None:
        self._name, self._fields, self._out = name, fields, out

    def linked(self, out: WayOut) -> Engine:
        """Give the same engine with a way out."""
        out.check(self._fields)
        return _VendorHttp(self._name, self._fields, out)

    def answer(self, fields: Mapping[str, Value]) -> Answer:
        """Ask the vendor once."""
        if self._out is None or not isinstance(fields, Cleared):
            raise NotCleared(f"model {self._name} has no way out from here")
        raw = self._out.send(fields).answer
        try:
            return Answer(_decode(raw).score)
        except msgspec.MsgspecError:
            raise Refused(f"model {self._name} gave no score") from None


def vendor_http(model: Model, folder: Path) -> Engine:
    """Make what asks a vendor; it has no way out until it is given one.

    Raises
    ------
    Refused
        The model names no vendor, or no field.

    """
    where = f"model {model.name}"
    if not model.vendor or not model.fields:
        raise Refused("a model that is asked outside needs a vendor and fields", where=where)
    return _VendorHttp(model.name, tuple(model.fields))
