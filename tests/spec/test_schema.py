"""The JSON Schema says what the parser accepts, in words an editor can show."""

from __future__ import annotations

import json
from importlib import import_module
from pkgutil import iter_modules
from typing import get_type_hints

import pytest
from click.testing import CliRunner

from attending.cli.schema import schema
from attending.errors import NoSuchName
from attending.spec import data
from attending.spec.kinds import KINDS
from attending.spec.schema import EVERY, schema_of, schema_of_any


@pytest.mark.parametrize("kind", EVERY)
def test_each_kind_has_a_schema_of_its_own_name(kind):
    shape = schema_of(kind)

    assert shape["$id"] == f"urn:attending:spec:{kind}"
    assert shape["title"] == f"attending: {kind}"
    assert shape["description"]
    assert shape["$ref"] == f"#/$defs/{kind}"


@pytest.mark.parametrize("kind", EVERY)
def test_no_part_of_a_schema_takes_an_unknown_key(kind):
    parts = schema_of(kind)["$defs"].values()

    assert all(part["additionalProperties"] is False for part in parts)


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_that_must_be_there_says_what_it_is_for(kind):
    silent = [
        f"{name}.{key}"
        for name, part in schema_of(kind)["$defs"].items()
        for key in part.get("required", ())
        if key != "kind" and "description" not in part["properties"][key]
    ]

    assert not silent


def test_every_document_of_data_that_somebody_writes_has_a_schema():
    modules = [
        import_module(f"{data.__name__}.{each.name}") for each in iter_modules(data.__path__)
    ]
    written = {
        get_type_hints(struct)["kind"].__args__[0]
        for module in modules
        for struct in vars(module).values()
        if "kind" in getattr(struct, "__struct_fields__", ())
        and struct.__module__ == module.__name__
    }

    assert {"Feed", "Checks"} <= written <= set(EVERY)


def test_one_schema_takes_any_document():
    shape = schema_of_any()

    assert [each["$ref"] for each in shape["oneOf"]] == [f"#/$defs/{kind}" for kind in KINDS]
    assert set(KINDS) <= set(shape["$defs"])


def test_a_kind_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(NoSuchName, match="did you mean 'Rollout'"):
        schema_of("Rolout")


def test_the_command_prints_indented_for_people_and_one_line_for_machines():
    people = CliRunner().invoke(schema, ["Site"])
    machines = CliRunner().invoke(schema, ["Site", "-o", "json"])

    assert json.loads(people.output) == json.loads(machines.output) == schema_of("Site")
    assert machines.output.count("\n") == 1 < people.output.count("\n")


def test_the_command_without_a_kind_prints_the_schema_of_any_document():
    assert json.loads(CliRunner().invoke(schema, []).output) == schema_of_any()
