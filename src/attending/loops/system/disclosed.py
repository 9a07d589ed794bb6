"""What was sealed leaves in a binder only as far as its use case declared it (contract C44).

What a model was given was cut to its declared fields before it was sealed. Here it is held
against the specs in force when it was, by the same field contract that stands before an engine:
a payload that holds more than was declared is not left out quietly, it stops the binder. What
people wrote, such as a reason or a dissent, is theirs and no part of a patient's record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from attending import shapes
from attending.errors import Refused
from attending.fhir.cleared import FieldContract, NotCleared, contract
from attending.spec.use_case import UseCase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.facts.entry import Entry
    from attending.ledger.read import Reader


def check_declared(reader: Reader, opened: Mapping[str, bytes]) -> None:
    """Refuse payloads that hold more of a patient's record than was declared.

    Parameters
    ----------
    reader
        The ledger.
    opened
        What was sealed, by its digest.

    Raises
    ------
    NotCleared
        One holds a field that nobody declared, or nothing on record says what it may hold.

    """
    contracts: dict[str | None, dict[int, FieldContract]] = {}
    for entry in reader.entries(kinds=("declared",)):
        if entry.fact.type == "specs/1" and "documents" in entry.fact.body:
            contracts.setdefault(entry.fact.use_case, {})[entry.index] = _contract(entry)
    for entry in reader.entries(kinds=("served",)):
        name = str(entry.fact.body.get("inputs", ""))
        if entry.fact.type == "prediction/1" and name in opened:
            _check(entry, opened[name], _in_force(contracts.get(entry.fact.use_case, {}), entry))


def _in_force(told: Mapping[int, FieldContract], entry: Entry) -> FieldContract | None:
    """Give the contract at an answer; a gateway may answer before any is on record."""
    before = [index for index in told if index < entry.index]
    return told[before[-1]] if before else next(iter(told.values()), None)


def _contract(entry: Entry) -> FieldContract:
    """Give what the specs of one fact declare that a model or a card may be given."""
    told: Any = entry.fact.body["documents"]
    use_case = shapes.convert(told["use_case"], UseCase)
    fields = (*use_case.inputs, *use_case.features_by_name())
    return contract(use_case.name, "", fields, free_text=use_case.reads_free_text)


def _check(entry: Entry, raw: bytes, allowed: FieldContract | None) -> None:
    where = f"fact {entry.index}"
    if allowed is None:
        raise NotCleared("nothing on record declares what its model may be given", where=where)
    try:
        fields: dict[str, Any] = msgspec.json.decode(raw)["fields"]
    except (msgspec.DecodeError, KeyError, TypeError):
        raise Refused("what its model was given cannot be read", where=where) from None
    if allowed.clear(fields, site=entry.fact.site or "").n_dropped:
        raise NotCleared("its model was given what its use case does not declare", where=where)
