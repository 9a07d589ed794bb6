"""Terms: maps from the codes of a source to those the hospital reads by (contract C40).

What a map holds is written here, or in files beside it: CSV with a header, a FHIR ConceptMap or
ValueSet, or a Bundle of them, plain or compressed by gzip. The content of a licensed vocabulary
is the hospital's own and stays where the hospital keeps it.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.fhir.mapped import MappedColumn, MeasuredColumn
from attending.fhir.terms import Equivalence
from attending.spec.text import Date, Name, Text

Field = Literal[
    "source_system", "source_code", "target_system", "target_code", "equivalence",
    "valid_from", "valid_to", "source_name", "target_name",
]  # fmt: skip


class Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row, written by hand; without `target` it says that the code has none."""

    source: Annotated[Text, msgspec.Meta(description="the code as the source spells it")]
    target: str = ""
    equivalence: Equivalence = "equivalent"
    valid_from: Date | None = None
    valid_to: Date | None = None
    source_name: str = ""
    target_name: str = ""


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rows written in this document, all from one system into one."""

    source_system: Annotated[Text, msgspec.Meta(description="whose codes are mapped")]
    target_system: Annotated[Text, msgspec.Meta(description="into whose codes")]
    rows: Annotated[tuple[Pair, ...], msgspec.Meta(min_length=1, description="one for each pair")]


class TermFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file beside the document.

    Of a CSV file, `columns` says which column holds what, and `always` what is the same in
    every row. Lines without a source code are left out and counted. Of FHIR resources, `only`
    names those that are read, by their url; all of them where it names none. One that its maker
    has retired is refused unless `take_retired` says that it is wanted all the same. `sha256` says
    which file it is, and must where features are read through it.
    """

    file: Annotated[Text, msgspec.Meta(description="its name, beside this document")]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")] | None = None
    columns: dict[Field, Text] = {}
    always: dict[Field, Text] = {}
    only: tuple[Text, ...] = ()
    take_retired: bool = False


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One version of maps, and the columns that go through them."""

    kind: Literal["Terms"]
    name: Annotated[Name, msgspec.Meta(description="the map's name: mimic_outputs")]
    version: Annotated[Text, msgspec.Meta(description="what its maker calls this version")]
    credit: Annotated[Text, msgspec.Meta(description="who made it, and under what license")]
    written: tuple[Written, ...] = ()
    files: tuple[TermFile, ...] = ()
    columns: tuple[MappedColumn, ...] = ()
    units: tuple[MeasuredColumn, ...] = ()

    @property
    def going(self) -> tuple[MappedColumn | MeasuredColumn, ...]:
        """Give every column that goes through a map or into a unit."""
        return (*self.columns, *self.units)
