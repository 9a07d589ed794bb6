"""A name says what a thing does; these say only that somebody could not find the word."""

from __future__ import annotations

import ast
import re

EMPTY_WORDS = {
    "util",
    "utils",
    "helper",
    "helpers",
    "common",
    "misc",
    "core",
    "base",
    "shared",
    "manager",
    "service",
    "handler",
    "processor",
    "factory",
    "impl",
}


def last_word(name):
    """Give the last word of a CamelCase or snake_case name."""
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)[-1].lower()


def test_no_file_bears_an_empty_name(root, exceptions):
    found = {}
    for top in ("src", "tests", "docs", "tools", "bench"):
        for path in sorted((root / top).rglob("*")):
            words = path.stem.removeprefix("test_").lower().split("_")
            if words[-1] in EMPTY_WORDS and "__pycache__" not in path.parts:
                found[str(path.relative_to(root))] = (
                    f"{words[-1]!r} says nothing; name what it does"
                )

    exceptions.settle("names", found)


def test_no_class_bears_an_empty_name(modules):
    found = [
        f"{module.shown}: class {node.name}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and last_word(node.name) in EMPTY_WORDS
    ]

    assert not found


def test_only_the_top_init_holds_anything(src):
    """A package that re-exports its rooms puts them all in cycles."""
    found = []
    for path in src.rglob("__init__.py"):
        tree = ast.parse(path.read_text("utf-8"))
        imports = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
        top_or_door = path.parent in {src, src / "cli"}
        if imports and not top_or_door:
            found.append(str(path.relative_to(src)))
        assert ast.get_docstring(tree), f"{path}: says nothing of what is kept here"

    assert not found


def test_no_module_imports_its_own_room(modules):
    found = [
        module.shown
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom)
        and module.folder
        and node.module == f"attending.{module.folder}"
        and not any(_is_module(module, alias.name) for alias in node.names)
    ]

    assert not found


def _is_module(module, name):
    beside = module.path.parent
    return (beside / f"{name}.py").exists() or (beside / name).is_dir()
