"""What an inventory says of one AI tool, cell by cell, and what is doubtful in it (contract G1).

A value that a cell does not plainly say is None until a person answers: nothing is guessed,
and nothing is dropped. What a tool really does here is computed beside these claims.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from attending.facts.inventory_columns import PROTECTED, Value

Why = Literal[
    "merged",
    "date_as_text",
    "ambiguous_date",
    "currency",
    "unknown_value",
    "no_owner",
    "maybe_same_as",
    "uncached_formula",
]

SAME_AS = "same_as"  # what a doubt about a name asks for; no column of the workbook

LONGEST_RAW = 80  # characters of a doubtful cell; the sealed workbook holds the rest


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that does not plainly say its value.

    Attributes
    ----------
    id
        The same in every copy of the workbook that holds the same in this tool's cell.
    field
        Which value is None because of it.
    sheet, cell
        Where it stands.
    raw
        What stands there.
    reading
        What it most likely says; offered to a person, and never used.
    why
        What is doubtful.

    """

    id: str
    field: str
    sheet: str
    cell: str
    raw: str
    reading: str | None = None
    why: Why


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a row came from: the workbook's digest, its sheet and row, and its cells by field."""

    workbook_digest: str
    sheet: str
    row: int
    cells: dict[str, str]


class Tool(msgspec.Struct, frozen=True, kw_only=True, rename={"origin": "from"}):
    """One row of an inventory, in the order of its columns; None is "not known".

    Attributes
    ----------
    protected
        By characteristic: whether an input measures it. `not_known` is a value.
    mitigation
        SHA-256 of what was written about it; the words are sealed.
    spend
        Amounts by column, ``spend_<year>_<kind>``, in `currency`.
    started_on, last_used_on, contract_ends, protected_reviewed_on
        Dates, ISO 8601.
    doubts
        Cells that do not plainly say their value.
    origin
        Where it came from; `from` in the fact.

    """

    tool: str
    name: str
    aliases: tuple[str, ...] = ()
    vendor: str | None = None
    use_case: str | None = None
    made: str | None = None
    claimed_status: str | None = None
    path: str | None = None
    owner: str | None = None
    sponsor: str | None = None
    champion: str | None = None
    sites: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    task: str | None = None
    population: tuple[str, ...] = ()
    setting: tuple[str, ...] = ()
    output: str | None = None
    inputs: tuple[str, ...] = ()
    protected_race: str | None = "not_known"
    protected_color: str | None = "not_known"
    protected_national_origin: str | None = "not_known"
    protected_sex: str | None = "not_known"
    protected_age: str | None = "not_known"
    protected_disability: str | None = "not_known"
    protected_reviewed_on: str | None = None
    mitigation: str | None = None
    device: str | None = None
    spend: dict[str, float | None] = {}
    currency: str | None = None
    started_on: str | None = None
    last_used_on: str | None = None
    contract_ends: str | None = None
    doubts: tuple[Doubt, ...] = ()
    origin: Origin

    @property
    def protected(self) -> dict[str, str]:
        """Give whether an input measures each characteristic; None is not known."""
        found = {name: getattr(self, f"protected_{name}") for name in PROTECTED}
        return {name: value or "not_known" for name, value in found.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """Give its name and its aliases."""
        return (self.name, *self.aliases)

    def value(self, field: str) -> Value:
        """Give what it says in one column."""
        if field.startswith("spend_"):
            return self.spend.get(field)
        found: Value = getattr(self, field)
        return found

    def with_value(self, field: str, value: Value) -> Tool:
        """Give it with another value in one column."""
        if field == SAME_AS:
            return self
        if field.startswith("spend_"):
            amount = value if isinstance(value, (int, float)) else None
            return msgspec.structs.replace(self, spend={**self.spend, field: amount})
        return msgspec.structs.replace(self, **{field: value})

    @property
    def said(self) -> dict[str, object]:
        """Give all it says and doubts, but for where the cells stand."""
        plain: dict[str, object] = msgspec.to_builtins(self)
        plain.pop("from")
        plain["doubts"] = sorted((d.id, d.reading or "") for d in self.doubts)
        return plain
