"""Make the mission page: every need, its page, its command and its test, or "not yet".

``python docs/make_mission.py`` writes it; with ``--check`` it only says whether it is fresh.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
NEEDS = ROOT / "docs" / "mission" / "needs.yaml"
PAGE = ROOT / "docs" / "mission" / "index.md"
MADE_BY = "<!-- Made by `make docs` (docs/make_mission.py) from needs.yaml. Do not edit. -->\n"


def load() -> dict[str, Any]:
    """Read the needs."""
    loaded: dict[str, Any] = YAML(typ="safe").load(NEEDS.read_text("utf-8"))
    return loaded


def cell(need: dict[str, Any], key: str) -> str:
    """Write one cell of a need's row."""
    value = need.get(key)
    return f"`{value}`" if value else ""


def row(need: dict[str, Any]) -> str:
    """Write a need's row; without a test, nothing is claimed."""
    held = ", ".join(need["capability"])
    if not need.get("test"):
        return f"| {need['id']} | {need['need']} | {held} | not yet | | |"
    shown = [cell(need, key) for key in ("test", "command", "page")]
    return f"| {need['id']} | {need['need']} | {held} | {' | '.join(shown)} |"


def text() -> str:
    """Write the whole page."""
    loaded = load()
    needs, capabilities = loaded["needs"], loaded["capabilities"]
    standing = sum(bool(n.get("test")) for n in needs)
    out = [
        MADE_BY,
        "# The mission: 150 needs\n",
        f"{standing} of {len(needs)} have a test that shows them at work; the rest say so.\n",
        "| need | in our words | capability | test | command | page |",
        "|---|---|---|---|---|---|",
        *(row(n) for n in needs),
        "",
        "## Capabilities\n",
        "| | |",
        "|---|---|",
        *(f"| {name} | {words} |" for name, words in capabilities.items()),
    ]
    return "\n".join(out) + "\n"


def is_fresh() -> bool:
    """Tell whether the page is what the needs would make today."""
    return PAGE.exists() and PAGE.read_text("utf-8") == text()


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(0 if is_fresh() else "not fresh: run `make docs`")
    PAGE.write_text(text(), "utf-8")
