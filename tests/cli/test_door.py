"""The terminal's door: exit codes are a contract, and a misspelt verb gets the nearest."""

from __future__ import annotations

import subprocess
import sys

from click.testing import CliRunner

from attending.cli import door, verbs


def attending(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from attending.cli import main; main()", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_misspelt_verb_is_refused_with_the_nearest() -> None:
    done = attending("replya")

    assert done.returncode == 1
    assert "did you mean 'replay'?" in done.stderr
    assert done.stdout == ""


def test_a_missing_option_is_a_usage_error_that_exits_1() -> None:
    done = attending("replay", "usecases/aki_alert")

    assert done.returncode == 1
    assert "--exposures" in done.stderr


def test_the_version_is_data() -> None:
    done = attending("--version")

    assert done.returncode == 0
    assert done.stdout.startswith("attending ")


def test_every_verb_answers_help() -> None:
    assert {"replay", "ingest"} <= {*verbs()}
    for name in verbs():
        done = CliRunner().invoke(door, [name, "--help"], catch_exceptions=False)
        assert done.exit_code == 0, name
        assert done.stdout.startswith("Usage: "), name


IMPORTED = """
import sys
from attending.cli import door
door.main(["verify", "--help"], standalone_mode=False)
print("imported:", *(m for m in sys.modules if m.startswith("attending.cli.")))
"""


def test_a_verb_does_not_import_the_others() -> None:
    run = [sys.executable, "-c", IMPORTED]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True)
    imported = {*done.stdout.split("imported:")[1].split()} & {*verbs().values()}

    assert imported == {"attending.cli.proof.verify"}


WITHOUT_A_LAKE = """
import sys
import attending.cli.demo, attending.cli.replay, attending.cli.up
print(*{"pyiceberg", "sqlalchemy", "pandas"} & {*sys.modules})
"""


def test_a_verb_that_opens_no_clinical_lake_loads_nothing_of_its_tables() -> None:
    run = [sys.executable, "-c", WITHOUT_A_LAKE]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.split() == []
