"""The JSON Schema says what the parser accepts, in words an editor can show."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from attending.cli.schema import schema
from attending.errors import NoSuchName
from attending.spec.kinds import KINDS
from attending.spec.schema import schema_of, schema_of_any


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_schema_of_its_own_name(kind):
    shape = schema_of(kind)

    assert shape["$id"] == f"urn:attending:spec:{kind}"
    assert shape["title"] == f"attending: {kind}"
    assert shape["description"]
    assert shape["$ref"] == f"#/$defs/{kind}"


@pytest.mark.parametrize("kind", KINDS)
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
