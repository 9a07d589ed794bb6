"""The terminal's door: exit codes are a contract, and a misspelt verb gets the nearest."""

from __future__ import annotations

import subprocess
import sys


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


def test_every_verb_answers_help_without_importing_the_others() -> None:
    names = [
        line.split()[0]
        for line in attending("--help").stdout.split("Commands:")[1].splitlines()
        if line.strip()
    ]

    assert "replay" in names
    for name in names:
        assert attending(name, "--help").returncode == 0, name
