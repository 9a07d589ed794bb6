"""The tree as the house rules see it: parsed once, found and never listed."""

from __future__ import annotations

import ast
import subprocess
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

SKIPPED = {".git", ".venv", "__pycache__", "build", "dist", "site", ".store"}

# Packages that hold many things of one kind; every folder below `measure` is one as well.
ROOMS = {
    "act.channels",
    "act.moves",
    "console.charts",
    "console.pages",
    "decide.cautions",
    "decide.gates",
    "decide.interlocks",
    "decide.safety_limits",
    "ingest.checks",
    "ingest.deid",
    "ingest.feeds",
    "ingest.sources",
    "ingest.upstreams",
    "ingest.workbooks",
    "ledger.stores",
    "report.audit",
    "report.proofs",
    "serve.channels",
    "serve.engines",
    "stats",
}


@dataclass(frozen=True)
class Module:
    """One source file, parsed."""

    path: Path
    dotted: str  # below `attending`: "decide.gates.no_worse_than"
    shown: str  # from the root, as a person would open it

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def folder(self) -> str:
        return self.dotted.rpartition(".")[0]

    @property
    def in_room(self) -> bool:
        top, _, rest = self.folder.partition(".")
        is_thing = not self.name.startswith("_")
        return is_thing and (self.folder in ROOMS or (top == "measure" and bool(rest)))


@dataclass(frozen=True)
class Exceptions:
    """Findings let through, each with its reason; a list that may only shrink."""

    table: dict[str, dict[str, str]]

    def settle(self, rule: str, findings: dict[str, str]) -> None:
        """Fail on what is not excepted, and on an exception nobody needs any more."""
        let_through = self.table.get(rule, {})
        faults = [
            f"{where}: {what}" for where, what in findings.items() if where not in let_through
        ]
        spent = [
            f"{where}: no longer needs its exception; remove it from exceptions.toml [{rule}]"
            for where in let_through
            if where not in findings
        ]
        if faults + spent:
            pytest.fail("\n".join(sorted(faults) + sorted(spent)), pytrace=False)


@pytest.fixture(scope="session")
def src(root: Path) -> Path:
    return root / "src" / "attending"


@pytest.fixture(scope="session")
def modules(root: Path, src: Path) -> list[Module]:
    """Give every module of the package but the `__init__`s."""
    found = sorted(p for p in src.rglob("*.py") if p.name != "__init__.py")
    return [
        Module(
            path=p,
            dotted=".".join(p.relative_to(src).with_suffix("").parts),
            shown=str(p.relative_to(root)),
        )
        for p in found
    ]


@pytest.fixture(scope="session")
def things(modules: list[Module]) -> list[Module]:
    """Give what stands in rooms."""
    return [m for m in modules if m.in_room]


@pytest.fixture(scope="session")
def exceptions() -> Exceptions:
    raw = Path(__file__).with_name("exceptions.toml").read_text("utf-8")
    return Exceptions(tomllib.loads(raw))


@pytest.fixture(scope="session")
def kept_files(root: Path) -> list[Path]:
    """Give the files that are, or would be, in the repository."""
    if (root / ".git").exists():
        asked = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=root,
            capture_output=True,
            check=True,
            text=True,
        )
        found = [root / name for name in asked.stdout.split("\0") if name]
    else:
        found = [p for p in root.rglob("*") if not SKIPPED & set(p.relative_to(root).parts)]
    return sorted(p for p in found if p.is_file())
