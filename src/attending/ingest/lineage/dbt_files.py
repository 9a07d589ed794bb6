"""The parts of dbt's files that are read: names and outcomes, and no words that people wrote."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from attending import shapes
from attending.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 1 << 28
Shape = TypeVar("Shape")


class Meta(msgspec.Struct):
    """Who made a file, and when."""

    dbt_schema_version: str = ""
    project_name: str | None = None
    generated_at: str = ""


class Depends(msgspec.Struct):
    """What a node rests on."""

    nodes: list[str] = []


class Generic(msgspec.Struct):
    """Which shipped test a test is."""

    name: str = ""


class Node(msgspec.Struct):
    """A model, a source, a test."""

    resource_type: str
    name: str
    schema: str | None = None
    database: str | None = None
    alias: str | None = None
    identifier: str | None = None
    columns: dict[str, Any] = {}
    depends_on: Depends = msgspec.field(default_factory=Depends)
    attached_node: str | None = None
    column_name: str | None = None
    test_metadata: Generic | None = None


class Manifest(msgspec.Struct):
    """What dbt knows of a project."""

    metadata: Meta
    nodes: dict[str, Node]
    sources: dict[str, Node] = {}
    exposures: dict[str, Node] = {}


class Timing(msgspec.Struct):
    """When a step was done."""

    completed_at: str | None = None


class Result(msgspec.Struct):
    """How one node went."""

    unique_id: str
    status: str
    timing: list[Timing] = []
    max_loaded_at: str | None = None


class Results(msgspec.Struct):
    """How a run went."""

    metadata: Meta
    results: list[Result]


class Cataloged(msgspec.Struct):
    """The columns a table has."""

    columns: dict[str, Any] = {}


class Catalog(msgspec.Struct):
    """What the warehouse has."""

    nodes: dict[str, Cataloged] = {}
    sources: dict[str, Cataloged] = {}


def read_file(path: Path, shape: type[Shape]) -> tuple[Shape, str]:
    """Read one file; give it with the SHA-256 of its bytes.

    Raises
    ------
    Refused
        It cannot be read, or is not of this shape.

    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Refused(f"larger than {MOST_BYTES:,} bytes", where=str(path))
        raw = path.read_bytes()
        return shapes.decode(raw, shape), sha256(raw).hexdigest()
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Refused(f"not what dbt writes: {error}", where=str(path)) from error
