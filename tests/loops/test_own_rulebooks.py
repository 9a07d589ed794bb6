"""A hospital's own rulebook is read as strictly as a shipped one, and holds where it says."""

from __future__ import annotations

import shutil

import pytest
from click.testing import CliRunner

from attending.admit import admit
from attending.cli.plan import plan
from attending.cli.rulebook import rulebook
from attending.cli.schema import schema
from attending.decide.heard import Heard
from attending.errors import GateNotMet
from attending.ledger.open_reader import open_reader
from attending.loops.declare import declared
from attending.loops.obligations import owed
from attending.spec.mistake import SpecRefused

TODAY = "2026-11-22"
OWN = """
kind: Rulebook
id: tern-valley
version: "2026-11-01"
title: What Tern Valley Health asks of itself
jurisdiction: PLACE
in_force: {from: 2026-11-01, to: null}
status: final
source: {title: Policy 14, checked: V, checked_on: 2026-11-01}
rules:
  - id: shown-again
    section: "3"
    applies_when: {field: use_case.path, in: [A, B, both]}
    duty: Who signs shows again who they are.
    proof: {query: signatures_tell_why}
    owes: {reauthentication: true}
    force: block
"""


@pytest.fixture
def folder(root, tmp_path):
    where = tmp_path / "aki_alert"
    shutil.copytree(root / "usecases" / "aki_alert", where)
    return where


def write(folder, text, place="any"):
    (folder / "own.yaml").write_text(text.replace("PLACE", place), "utf-8")


def ours(folder):
    found = owed(admit(folder), Heard(), TODAY)
    return [(rule.name, rule.force) for rule in found.rules if rule.book.id == "tern-valley"]


def test_it_binds_where_it_holds_from_its_first_day_on(folder):
    write(folder, OWN)
    assert ours(folder) == [("tern-valley/shown-again", "block")]
    assert any(key.startswith("Rulebook/tern-valley/") for key in admit(folder).digests)
    write(folder, OWN, place="NZ")
    assert ours(folder) == []
    write(folder, OWN.replace("from: 2026-11-01", "from: 2027-01-01"))
    assert ours(folder) == []


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("tern-valley", "us-hipaa", "us-hipaa is shipped"),
        ("use_case.path", "use_case.pth", "use_case.path"),
        ("signatures_tell_why", "signature_tells_why", "signatures_tell_why"),
        ("force: block", "forse: block", "force"),
        ("rules:", "tiers: [{tier: low, when: {field: tier, is: low}}]\nrules:", "shipped"),
    ],
)
def test_what_is_unknown_in_it_or_stands_for_a_shipped_one_is_refused(folder, before, after, why):
    write(folder, OWN.replace(before, after))

    with pytest.raises(SpecRefused, match=why):
        admit(folder)


def test_it_is_declared_with_the_folder_and_read_back_from_the_ledger(folder, tmp_path):
    write(folder, OWN)
    done = CliRunner().invoke(plan, [str(folder), "--store", str(tmp_path / "store")])
    assert done.exit_code in (0, 2), done.output
    reader = open_reader(tmp_path / "store")
    back = declared(reader, "aki_alert")
    reader.close()

    assert back.rulebooks == admit(folder).rulebooks
    assert back.rulebooks


@pytest.mark.parametrize("kind", ["Proposal", "Rulebook", "Playbook"])
def test_editors_are_given_the_shape_of_what_governs(kind):
    done = CliRunner().invoke(schema, [kind])

    assert done.exit_code == 0
    assert f'"$ref": "#/$defs/{kind}"' in done.stdout


def test_it_is_listed_and_confirmed_where_it_was_declared(folder, tmp_path):
    write(folder, OWN.replace("checked: V,", "checked: V2,"))
    store = str(tmp_path / "store")
    CliRunner().invoke(plan, [str(folder), "--store", store])
    told = CliRunner().invoke(rulebook, ["list", "--store", store])
    said = ["confirm", "tern-valley/shown-again", "--as", "nobody", "--read-where", "there"]
    refused = CliRunner().invoke(rulebook, [*said, "--store", store])

    assert "tern-valley 2026-11-01: What Tern Valley Health asks of itself" in told.stdout
    assert "tern-valley" not in CliRunner().invoke(rulebook, ["list"]).stdout
    assert isinstance(refused.exception, GateNotMet), "the rule is known; nobody is no officer"
