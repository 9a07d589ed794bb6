"""The rules of an OpenLineage event, as its JSON Schema has them, written as types.

An event of a run has a time, a producer, the address of its schema, a run with a UUID, and a job
with namespace and name; every facet says who made it and by which schema. What an event has
beside that is let through, since facets are open by design.

Reference: https://openlineage.io/spec/2-0-2/OpenLineage.json
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending import shapes

UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$"
ADDRESS = r"^[a-zA-Z][a-zA-Z0-9+.-]*:\S+$"
OF_A_RUN = r"^[a-zA-Z][a-zA-Z0-9+.-]*:\S+#/(\$defs|definitions)/RunEvent$"  # before 2: the latter

Address = Annotated[str, msgspec.Meta(pattern=ADDRESS)]
Said = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
Word = Literal["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]


class Facet(msgspec.Struct, kw_only=True, rename={"producer": "_producer", "schema": "_schemaURL"}):
    """What every facet has."""

    producer: Address
    schema: Address


class Field(msgspec.Struct):
    """A column."""

    name: Said


class Schema(Facet, kw_only=True):
    """The columns of a dataset."""

    fields: list[Field] = []


class InputField(msgspec.Struct):
    """A column that another is made of."""

    namespace: Said
    name: Said
    field: Said


class Made(msgspec.Struct, rename={"input_fields": "inputFields"}):
    """What one column is made of."""

    input_fields: list[InputField]


class ColumnLineage(Facet, kw_only=True):
    """What the columns of a dataset are made of."""

    fields: dict[str, Made]


class Assertion(msgspec.Struct):
    """One test, and whether it held."""

    assertion: Said
    success: bool
    column: str | None = None


class Assertions(Facet, kw_only=True, rename={"producer": "_producer", "schema": "_schemaURL"}):
    """The tests of a dataset."""

    assertions: list[Assertion]


class Facets(
    msgspec.Struct,
    rename={"column_lineage": "columnLineage", "assertions": "dataQualityAssertions"},
):
    """The facets of a dataset that are read."""

    schema: Schema | None = None
    column_lineage: ColumnLineage | None = None
    assertions: Assertions | None = None


class Dataset(msgspec.Struct, rename={"input_facets": "inputFacets"}):
    """A table, as an event names it."""

    namespace: Said
    name: Said
    facets: Facets = msgspec.field(default_factory=Facets)
    input_facets: Facets = msgspec.field(default_factory=Facets)


class Run(msgspec.Struct, rename={"id": "runId"}):
    """One run of a job."""

    id: Annotated[str, msgspec.Meta(pattern=UUID)]


class Job(msgspec.Struct):
    """What runs."""

    namespace: Said
    name: Said


class RunEvent(
    msgspec.Struct,
    kw_only=True,
    rename={"at": "eventTime", "word": "eventType", "schema": "schemaURL"},
):
    """Something that happened to a run."""

    at: Annotated[str, msgspec.Meta(pattern=TIME)]
    producer: Address
    schema: Annotated[str, msgspec.Meta(pattern=OF_A_RUN)]
    run: Run
    job: Job
    word: Word = "OTHER"
    inputs: list[Dataset] = []
    outputs: list[Dataset] = []


class AnyEvent(msgspec.Struct, rename={"schema": "schemaURL"}):
    """An event, before it is known of what it tells."""

    schema: Address


event_of = shapes.decoder(RunEvent).decode
any_of = shapes.decoder(AnyEvent).decode
