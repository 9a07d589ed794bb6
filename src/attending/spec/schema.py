"""JSON Schema of every kind of spec, so that an editor can complete and check it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from attending import shapes
from attending.errors import NoSuchName
from attending.spec.data.bulk_server import BulkServer
from attending.spec.data.checks import Checks
from attending.spec.data.deidentification import Deidentification
from attending.spec.data.feed import Feed
from attending.spec.data.upstream import Upstream
from attending.spec.kinds import KINDS
from attending.spec.playbook import Playbook
from attending.spec.proposals.proposal import Proposal

if TYPE_CHECKING:
    from collections.abc import Iterable

# What is written apart from any use-case folder.
ALONE: dict[str, type[msgspec.Struct]] = {
    "Proposal": Proposal,
    "Playbook": Playbook,
    "Feed": Feed,
    "BulkServer": BulkServer,
    "Checks": Checks,
    "Upstream": Upstream,
    "Deidentification": Deidentification,
}
EVERY: dict[str, type[msgspec.Struct]] = {**KINDS, **ALONE}
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, object]


def schema_of(kind: str) -> Schema:
    """Give the JSON Schema of one kind.

    Raises
    ------
    NoSuchName
        For a kind there is not, with the nearest one.

    """
    if kind not in EVERY:
        raise NoSuchName(kind, "the kinds of spec", EVERY)
    return _schema(f"urn:attending:spec:{kind}", f"attending: {kind}", (kind,))


def schema_of_any() -> Schema:
    """Give the JSON Schema that every document of a use-case folder meets."""
    return _schema("urn:attending:spec", "attending: any spec", KINDS)


def _schema(identity: str, title: str, kinds: Iterable[str]) -> Schema:
    structs = [shapes.ready(EVERY[kind]) for kind in kinds]
    choices, parts = msgspec.json.schema_components(structs, ref_template="#/$defs/{name}")
    body: Schema = dict(choices[0]) if len(structs) == 1 else {"oneOf": list(choices)}
    described = (
        parts[structs[0].__name__]["description"]
        if len(structs) == 1
        else ("One document of a use-case folder; `kind` says which.")
    )
    shape = {
        "$schema": DIALECT,
        "$id": identity,
        "title": title,
        "description": described,
        **body,
        "$defs": parts,
    }
    # defaults are tuples in Python and arrays in JSON: what is given here is JSON
    return cast("Schema", msgspec.json.decode(msgspec.json.encode(shape)))
