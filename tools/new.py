"""Start a new thing in a room from the shape of a neighbor.

``make new ROOM=measure.adoption NAME=override_rate`` copies the room's smallest file and
its test or cases under the new name, and starts a change note. What to say is yours.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "attending"
NAME = re.compile(r"[a-z][a-z0-9_]*")


def neighbors(folder: Path) -> list[Path]:
    """Give what stands in a room, the smallest first."""
    found = [p for p in folder.glob("*.py") if not p.name.startswith("_")]
    return sorted(found, key=lambda p: p.stat().st_size)


def tests_of(folder: Path, name: str) -> list[Path]:
    """Give a thing's own test and cases."""
    mirror = ROOT / "tests" / folder.relative_to(SRC)
    return [p for p in (mirror / f"test_{name}.py", mirror / f"{name}.yaml") if p.exists()]


def renamed(text: str, old: str, new: str) -> str:
    """Put the new name where the neighbor's stood."""
    return re.sub(rf"(?<![a-z0-9]){re.escape(old)}(?![a-z0-9])", new, text)


def next_note() -> Path:
    """Give the next free change note."""
    taken = [int(p.name.partition(".")[0]) for p in (ROOT / "changes").glob("*.md")]
    return ROOT / "changes" / f"{max(taken, default=0) + 1}.added.md"


def start(room: str, name: str) -> list[Path]:
    """Write the files; give what was written."""
    folder = SRC / room.replace(".", "/")
    if not NAME.fullmatch(name):
        sys.exit(f"{name!r} is no name for a file: small letters, digits and _")
    if not folder.is_dir():
        sys.exit(f"there is no room {room!r}; see docs/reference")
    if (folder / f"{name}.py").exists():
        sys.exit(f"{room}.{name} is already there")
    beside = neighbors(folder)
    if not beside:
        sys.exit(f"nothing stands in {room!r} yet to copy from")
    old = beside[0].stem
    copies = {beside[0]: folder / f"{name}.py"}
    for test in tests_of(folder, old):
        copies[test] = test.with_name(test.name.replace(old, name))
    for source, target in copies.items():
        target.write_text(renamed(source.read_text("utf-8"), old, name), "utf-8")
    note = next_note()
    note.write_text(f"Added `{room}.{name}`.\n", "utf-8")
    return [*copies.values(), note]


if __name__ == "__main__":
    if len(sys.argv) != 3:  # noqa: PLR2004  the script, a room and a name
        sys.exit("say a room and a name: measure.adoption override_rate")
    for path in start(sys.argv[1], sys.argv[2]):
        print(path.relative_to(ROOT))
