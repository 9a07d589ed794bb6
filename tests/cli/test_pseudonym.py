"""Pilot users are named to the platform by pseudonyms that a gateway would give them."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from attending.cli.pseudonym import pseudonym
from attending.errors import Refused
from attending.ledger.key_file import key_in
from attending.serve.pseudonym import Pseudonyms


def test_ids_on_stdin_become_the_gateways_own_pseudonyms(tmp_path):
    (tmp_path / "gateway").mkdir()
    names = Pseudonyms(key_in(tmp_path / "gateway" / "pseudonym.key"))
    given = ["--store", str(tmp_path)]
    ran = CliRunner().invoke(pseudonym, given, input="Practitioner/1\n Practitioner/2 \n")
    assert ran.output.split() == [names.of("user", f"Practitioner/{i}") for i in (1, 2)]
    ran = CliRunner().invoke(pseudonym, [*given, "--of", "patient"], input="1\n")
    assert ran.output.split() == [names.of("patient", "1")]


def test_a_store_without_a_gateway_has_no_pseudonyms(tmp_path):
    with pytest.raises(Refused, match="no gateway has run"):
        CliRunner().invoke(
            pseudonym, ["--store", str(tmp_path)], input="x\n", catch_exceptions=False
        )
    assert not (tmp_path / "gateway").exists()
