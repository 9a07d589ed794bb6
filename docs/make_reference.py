"""Make the reference from the code: rooms' docstrings, verbs, and the kinds of spec.

``python docs/make_reference.py`` writes the pages; with ``--check`` it names those that
are not fresh and writes nothing.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import msgspec

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "attending"
PAGES = ROOT / "docs" / "reference"
MADE_BY = "<!-- Made by `make docs` (docs/make_reference.py) from the code. Do not edit. -->\n"


@dataclass(frozen=True)
class Room:
    """One page: what its things are called, in one sentence, and where they stand."""

    page: str
    title: str
    about: str
    folder: str
    below: bool = False  # things stand one folder further down, and are named with it


ROOMS = (
    Room(
        "metrics",
        "Metrics",
        "A metric is a named measurement: one function over one population.",
        "measure",
        below=True,
    ),
    Room(
        "gates",
        "Gates",
        "A gate is a sentence that is true when it is safe to expand.",
        "decide/gates",
    ),
    Room("cautions", "Cautions", "A caution that is crossed holds expansion.", "decide/cautions"),
    Room(
        "safety-limits",
        "Safety limits",
        "A safety limit that is crossed suspends output.",
        "decide/safety_limits",
    ),
    Room(
        "interlocks",
        "Interlocks",
        "An interlock forbids a plan, whoever signed it.",
        "decide/interlocks",
    ),
    Room("moves", "Moves", "A move is what a plan may do to the world.", "act/moves"),
    Room("notices", "Notices", "A way to tell a post something.", "act/channels"),
    Room("sources", "Sources", "A source is a way in for data.", "ingest/sources"),
    Room(
        "data-checks",
        "Data checks",
        "A data check is something wanted of the rows of a table.",
        "ingest/checks",
    ),
    Room("engines", "Engines", "An engine is what answers.", "serve/engines"),
    Room("channels", "Channels", "A channel is how an answer reaches people.", "serve/channels"),
    Room("pages", "Pages", "A page of the console answers one question.", "console/pages"),
    Room(
        "charts",
        "Charts",
        "A chart is a finding and the numbers it is drawn from.",
        "console/charts",
    ),
    Room(
        "audit-questions",
        "Audit questions",
        "What an auditor may ask with `attending audit q NUMBER`, and how it is answered.",
        "report/audit",
    ),
    Room(
        "proofs",
        "Proofs",
        "A proof is a query over facts that shows whether a rule is met; rulebooks name it.",
        "report/proofs",
    ),
    Room(
        "agreements",
        "Agreements between specs",
        "What specs must agree on before a use case is admitted.",
        "spec/agreements",
    ),
    Room(
        "methods",
        "Statistical methods",
        "One method per file, each with its reference; they know nothing of hospitals.",
        "stats",
    ),
)


def docstring(path: Path) -> str:
    """Give a module's docstring without importing it."""
    return ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""


def things(folder: Path) -> list[Path]:
    """List what stands in a folder."""
    return sorted(p for p in folder.glob("*.py") if not p.name.startswith("_"))


def room_page(room: Room) -> str:
    """Write the page of one room."""
    folder = SRC / room.folder
    out = [MADE_BY, f"# {room.title}\n", f"{room.about}\n"]
    if room.below:
        for inner in sorted(p for p in folder.iterdir() if (p / "__init__.py").exists()):
            found = things(inner)
            if found:
                out += [f"## {inner.name}\n", f"{docstring(inner / '__init__.py')}\n"]
            out += [f"### `{inner.name}.{p.stem}`\n\n{docstring(p)}\n" for p in found]
    else:
        found = things(folder)
        out += [f"## `{p.stem}`\n\n{docstring(p)}\n" for p in found]
        if not found:
            out.append("None stands yet.\n")
    return "\n".join(out)


# --- specs --------------------------------------------------------------------------------


def type_of(shape: dict[str, Any]) -> str:
    """Say in words what a JSON Schema allows."""
    if "$ref" in shape:
        name = shape["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in shape:
        return " or ".join(dict.fromkeys(type_of(s) for s in shape["anyOf"]))
    if "enum" in shape:
        return " / ".join(f"`{v}`" for v in shape["enum"])
    kind = shape.get("type", "anything")
    if kind == "array":
        return f"list of {type_of(shape.get('items', {}))}"
    if kind == "object":
        inner = shape.get("additionalProperties")
        return f"map to {type_of(inner)}" if isinstance(inner, dict) else "map"
    words = {"string": "text", "boolean": "yes or no", "null": "nothing"}
    return words.get(kind, kind) + bounds_of(shape)


def bounds_of(shape: dict[str, Any]) -> str:
    """Say the limits of a number or a text."""
    said = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "above",
        "exclusiveMaximum": "below",
        "minLength": "length at least",
        "maxLength": "length at most",
        "pattern": "as",
    }
    limits = [f"{word} `{shape[key]}`" for key, word in said.items() if key in shape]
    return f" ({', '.join(limits)})" if limits else ""


def barred(text: str) -> str:
    """Keep a bar inside a table's cell from ending it."""
    return text.replace("|", "\\|")


def fields_table(shape: dict[str, Any]) -> list[str]:
    """Write one kind's fields as a table."""
    needed = shape.get("required", [])
    rows = ["| field | what it takes | when left out | meaning |", "|---|---|---|---|"]
    for name, inner in shape.get("properties", {}).items():
        default = "refused" if name in needed else f"`{json.dumps(inner.get('default'))}`"
        cells = [f"`{name}`", type_of(inner), default, inner.get("description", "")]
        rows.append("| " + " | ".join(barred(c) for c in cells) + " |")
    return rows


def specs_page() -> str:
    """Write the page of every kind of spec and of its parts."""
    kinds = import_module("attending.spec.kinds").KINDS
    _, shapes = msgspec.json.schema_components(kinds.values())
    out = [
        MADE_BY,
        "# Specs\n",
        "What people write, one kind per document. A key that is not listed here is refused",
        "with its line and the nearest name. `attending schema` prints the same as JSON Schema.\n",
    ]
    parts = [name for name in shapes if name not in kinds]
    for heading, names in (("## Kinds\n", list(kinds)), ("## Parts\n", sorted(parts))):
        out.append(heading)
        for name in names:
            about = inspect.cleandoc(shapes[name].get("description", ""))
            out += [f"### {name}\n", f"{about}\n", *fields_table(shapes[name]), ""]
    return "\n".join(out)


# --- verbs --------------------------------------------------------------------------------


def door() -> click.Command | None:
    """Give the terminal's door, where it is one that click can describe."""
    cli = import_module("attending.cli")
    doors = [thing for thing in vars(cli).values() if isinstance(thing, click.Group)]
    return doors[0] if doors else None


def verb_section(name: str, verb: click.Command) -> list[str]:
    """Write one verb: its usage, what it does, and its options."""
    context = click.Context(verb, info_name=f"attending {name}")
    usage = " ".join([f"attending {name}", *verb.collect_usage_pieces(context)])
    out = [f"## `{name}`\n", f"    {usage}\n", f"{inspect.cleandoc(verb.help or '')}\n"]
    options = [p.get_help_record(context) for p in verb.get_params(context)]
    # Once a verb was asked for help below the door, its own option answers to -h as well.
    named = [o for o in options if o and not o[0].endswith("--help")]
    rows = [f"| `{barred(name)}` | {barred(meaning)} |" for name, meaning in named]
    return [*out, "| option | meaning |", "|---|---|", *rows, ""]


def verbs() -> list[str]:
    """List the verbs there are."""
    group = door()
    if isinstance(group, click.Group):
        return group.list_commands(click.Context(group, info_name="attending"))
    return [p.stem for p in things(SRC / "cli")]


def commands_page() -> str:
    """Write the page of the terminal's verbs."""
    out = [MADE_BY, "# Commands\n"]
    group = door()
    if isinstance(group, click.Group):
        context = click.Context(group, info_name="attending")
        for name in group.list_commands(context):
            verb = group.get_command(context, name)
            out += verb_section(name, verb) if verb else []
    else:
        found = things(SRC / "cli")
        out += [f"## `{p.stem}`\n\n{docstring(p)}\n" for p in found] or ["None stands yet.\n"]
    return "\n".join(out)


# --- all of them --------------------------------------------------------------------------


def index_page(rooms: tuple[Room, ...]) -> str:
    """Write the page that leads to the others."""
    out = [
        MADE_BY,
        "# Reference\n",
        "Made from the code, so it cannot lag behind it.\n",
        "- [Commands](commands.md): the verbs of `attending`",
        "- [Specs](specs.md): what people write",
    ]
    out += [f"- [{r.title}]({r.page}.md): {r.about[0].lower()}{r.about[1:]}" for r in rooms]
    return "\n".join(out) + "\n"


def pages() -> dict[str, str]:
    """Give every page by its file's name."""
    rooms = tuple(r for r in ROOMS if (SRC / r.folder).is_dir())
    made = {f"{r.page}.md": room_page(r) for r in rooms}
    made |= {"commands.md": commands_page(), "specs.md": specs_page()}
    made["index.md"] = index_page(rooms)
    return {name: text.rstrip("\n") + "\n" for name, text in made.items()}


def stale() -> list[str]:
    """Name the pages that are not what the code would make today."""
    made = pages()
    kept = {p.name: p.read_text("utf-8") for p in PAGES.glob("*.md")}
    return sorted(n for n in made.keys() | kept.keys() if made.get(n) != kept.get(n))


def write() -> None:
    """Write the pages, and remove those that nothing makes any more."""
    PAGES.mkdir(parents=True, exist_ok=True)
    made = pages()
    for name, text in made.items():
        (PAGES / name).write_text(text, "utf-8")
    for page in PAGES.glob("*.md"):
        if page.name not in made:
            page.unlink()


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        old = stale()
        sys.exit(f"not fresh (run `make docs`): {', '.join(old)}" if old else 0)
    write()
