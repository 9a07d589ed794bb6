"""The law of imports is only a law if breaking it is noticed: each fault here is planted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Fault:
    """One thing somebody could do wrong, and the contract meant for it."""

    name: str
    contract: str
    files: dict[str, str]


FAULTS = [
    Fault("a metric opens a database", "heads", {"measure/adoption/planted.py": "import sqlite3"}),
    Fault(
        "a metric reads the ledger",
        "heads",
        {
            "measure/adoption/planted.py": "from attending.ledger import planted",
            "ledger/planted.py": "",
        },
    ),
    Fault("a gate asks the clock", "heads", {"decide/gates/planted.py": "import attending.clock"}),
    Fault("a method throws dice", "heads", {"stats/planted.py": "import random"}),
    Fault(
        "a fact reaches a disk through its digest",
        "heads",
        {"digest.py": "import pathlib", "facts/planted.py": "import attending.digest"},
    ),
    Fault(
        "a page takes the pen", "pen", {"console/pages/planted.py": "import attending.ledger.write"}
    ),
    Fault(
        "a move goes round the face",
        "faces",
        {"act/moves/planted.py": "import attending.ledger.stores.sqlite"},
    ),
    Fault("a move talks web", "owner-web", {"act/moves/planted.py": "import starlette.responses"}),
    Fault("a verb asks DuckDB", "owner-duckdb", {"cli/planted.py": "import duckdb"}),
    Fault("serve imports decide", "floors", {"serve/planted.py": "import attending.decide"}),
    Fault("the gateway carries the lake", "gateway-alone", {"serve/planted.py": "import duckdb"}),
    Fault(
        "a view's query asks the other reading",
        "two-readings",
        {"lake/view_query.py": "import attending.fhir.functions"},
    ),
    Fault("the ledger imports the lake", "floors", {"ledger/planted.py": "import attending.lake"}),
    Fault("a new folder at the top", "floors", {"utils.py": '"""Things."""'}),
    Fault(
        "a gate imports a gate",
        "room-gates",
        {
            "decide/gates/planted.py": "import attending.decide.gates.sown",
            "decide/gates/sown.py": "",
        },
    ),
    Fault(
        "an interlock asks the planner",
        "interlocks-apart",
        {"decide/interlocks/planted.py": "import attending.decide.plan"},
    ),
    Fault(
        "a cycle inside the lake",
        "acyclic",
        {
            "lake/planted.py": "import attending.lake.sown",
            "lake/sown.py": "import attending.lake.planted",
        },
    ),
    Fault(
        "a fixed-n interval in a metric", "anytime", {"measure/planted.py": "import scipy.stats"}
    ),
    Fault("a model is unpickled", "never-unpickle", {"serve/engines/planted.py": "import pickle"}),
    Fault(
        "the simulated world asks the platform",
        "world-outside",
        {"simulator/world.py": "import attending.clock"},
    ),
    Fault(
        "the judge reads a spec",
        "judge-reads-the-ledger",
        {"simulator/judge.py": "import attending.spec.rollout"},
    ),
    Fault(
        "the demonstration looks at what is planted",
        "truth-sealed",
        {"cli/demo.py": "import attending.simulator.hospitals"},
    ),
    Fault(
        "a loop knows that it is simulated",
        "truth-apart",
        {"loops/planted.py": "import attending.simulator.weeks"},
    ),
    Fault(
        "the way out reads a request",
        "callers-hold-nothing",
        {"serve/egress.py": "import attending.serve.cut"},
    ),
    Fault(
        "the replay verb measures",
        "replay-sets-the-clock",
        {"cli/replay.py": "import attending.measure"},
    ),
]


@pytest.fixture(scope="session")
def law(root):
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    return {c["id"]: c["name"] for c in settings["tool"]["importlinter"]["contracts"]}


LINT = "from importlinter.cli import lint_imports_command as lint; lint()"


def broken(where, contract):
    """Hold the imports of a copy against one contract; give the names of those broken."""
    ran = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", "--no-logo", "--contract", contract],
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(where / "src"), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = ran.stdout.splitlines()
    assert any(line.startswith("Contracts: ") for line in lines), ran.stdout + ran.stderr
    return {line.partition("BROKEN")[0].strip() for line in lines if "BROKEN" in line}


@pytest.fixture
def copy(root, tmp_path):
    """Copy the package and its law to where a fault does no harm."""
    shutil.copytree(
        root / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    shutil.copy(root / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_planted_fault_is_caught_by_its_contract(fault, law, src, copy):
    if fault.contract == "replay-sets-the-clock" and not (src / "cli" / "replay.py").exists():
        pytest.skip("a contract cannot name a verb that is not written yet")
    for name, line in fault.files.items():
        with (copy / "src" / "attending" / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")

    assert broken(copy, fault.contract) == {law[fault.contract]}


def test_every_room_has_its_contract(root, things):
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    independent = {
        name.removesuffix(".*").removeprefix("attending.")
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["type"] == "independence"
        for name in contract["modules"]
    }
    may_build_on_one_another = {"stats", "ledger.stores"}

    rooms = {m.folder.replace("measure." + m.folder.split(".")[-1], "measure.*") for m in things}
    assert rooms - may_build_on_one_another <= independent
