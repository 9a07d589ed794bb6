"""A view: which of a FHIR resource's fields become the columns of a flat table.

It is a SQL-on-FHIR 2.0 ViewDefinition, written as YAML: `kind: View` stands in the place of
`resourceType: ViewDefinition`, the rest is the standard's, names and all. Says nothing of
whether the paths can be read: the agreement `features` asks the evaluator.

Reference: https://sql-on-fhir.org/ig/2.0.0/StructureDefinition-ViewDefinition.html
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import Name, Text


class ViewColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One column: a FHIRPath, and the name of what it gives."""

    name: Annotated[Name, msgspec.Meta(description="what features and sources call it")]
    path: Annotated[Text, msgspec.Meta(description="a FHIRPath, such as gender")]
    type: str = ""
    collection: bool = False
    description: str = ""


class ViewSelect(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"
):
    """Columns side by side, for the resource or for each element that a path leads to."""

    column: tuple[ViewColumn, ...] = ()
    select: tuple[ViewSelect, ...] = ()
    for_each: str | None = None
    for_each_or_null: str | None = None
    union_all: tuple[ViewSelect, ...] = ()
    repeat: tuple[str, ...] = ()


class ViewWhere(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A FHIRPath that is true of the resources that have rows."""

    path: Annotated[Text, msgspec.Meta(description="a FHIRPath that gives true or false")]
    description: str = ""


class ViewConstant(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"
):
    """A value that paths call by `%name`; exactly one of the kinds."""

    name: Annotated[Name, msgspec.Meta(description="paths call it %name")]
    value_string: str | None = None
    value_code: str | None = None
    value_uri: str | None = None
    value_integer: int | None = None
    value_decimal: float | None = None
    value_boolean: bool | None = None
    value_date: str | None = None
    value_date_time: str | None = None


class View(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A ViewDefinition: rows of one type of resource, with the columns of its selects."""

    kind: Literal["View"]
    name: Annotated[Name, msgspec.Meta(description="what features and sources call it")]
    title: str = ""
    resource: Annotated[Text, msgspec.Meta(description="the FHIR type it reads, such as Patient")]
    select: Annotated[
        tuple[ViewSelect, ...],
        msgspec.Meta(min_length=1, description="the columns, as select lists of the standard"),
    ]
    where: tuple[ViewWhere, ...] = ()
    constant: tuple[ViewConstant, ...] = ()


def definition(view: View) -> dict[str, object]:
    """Give the standard's own form: what any SQL-on-FHIR runner takes."""
    told = _bare(msgspec.to_builtins(view))
    del told["kind"]
    return {"resourceType": "ViewDefinition", "status": "active", **told}


def _bare(told: object) -> dict[str, object]:
    """Leave out what nobody wrote, as the standard does."""
    assert isinstance(told, dict)  # noqa: S101  a struct is one
    return {
        name: [_bare(each) if isinstance(each, dict) else each for each in inner]
        if isinstance(inner, list | tuple)
        else inner
        for name, inner in told.items()
        if inner is not None and (not isinstance(inner, str | list | tuple) or inner)
    }
