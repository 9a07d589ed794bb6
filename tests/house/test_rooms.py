"""Every room keeps the same promises; what stands in it is found, never listed here."""

from __future__ import annotations

import ast
import re

# Rooms whose things are tested together: methods that build on one another, and stores that
# must all pass one suite. There, a test of the folder that imports the thing is its own.
TESTED_TOGETHER = {"stats": "stats", "ledger.stores": "ledger"}

LEAST_DOCSTRING = 40  # characters: a sentence, not a label


def defined(module):
    """Give the public names a module defines at its top."""
    names = set()
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return {n for n in names if not n.startswith("_")}


def own_tests(root, module):
    """Give the places where a thing's own test or cases may stand."""
    folder = root / "tests" / module.folder.replace(".", "/")
    return [
        folder / f"test_{module.name}.py",
        folder / f"{module.name}.yaml",
        folder / module.name,
    ]


def has_own_test(root, module):
    if any(p.exists() for p in own_tests(root, module)):
        return True
    folder = TESTED_TOGETHER.get(module.folder)
    imports = re.compile(rf"\b{re.escape(module.folder)}(\.| import .*\b){module.name}\b")
    tests = (root / "tests" / folder).rglob("*.py") if folder else ()
    return any(imports.search(t.read_text("utf-8")) for t in tests)


def test_a_room_is_not_empty_handed(things):
    """Discovery itself: were it broken, every other test here would pass for nothing."""
    assert len(things) > 5


def test_one_file_holds_one_thing_of_its_own_name(things, exceptions):
    found = {
        m.shown: f"defines no public {m.name!r}; there is {', '.join(sorted(defined(m))) or 'none'}"
        for m in things
        if m.name not in defined(m)
    }

    exceptions.settle("room-shape", found)


def test_the_docstring_is_the_page(things, exceptions):
    found = {
        m.shown: "its docstring is its reference page: what it tells, reads, and does not tell"
        for m in things
        if len(ast.get_docstring(m.tree) or "") < LEAST_DOCSTRING
    }

    exceptions.settle("room-docstrings", found)


def test_each_thing_has_its_own_test(root, things, exceptions):
    found = {
        m.shown: "has no test or cases of its own; "
        f"write {own_tests(root, m)[0].relative_to(root)} or a .yaml of its name"
        for m in things
        if not has_own_test(root, m)
    }

    exceptions.settle("own-test", found)


def test_a_mirror_test_mirrors_something(root, src):
    """A test that outlived its source is found, not kept."""
    found = []
    for path in (root / "tests").rglob("test_*.py"):
        folder = path.parent.relative_to(root / "tests")
        source = src / folder
        name = path.stem.removeprefix("test_")
        is_mirrored = folder.parts and source.is_dir() and (source / "__init__.py").exists()
        is_room = is_mirrored and ".".join(folder.parts) in _strict_rooms(src)
        if is_room and not (source / f"{name}.py").exists() and not (source / name).is_dir():
            found.append(str(path.relative_to(root)))

    assert not found, "\n".join(found)


def _strict_rooms(src):
    measured = {f"measure.{p.name}" for p in (src / "measure").iterdir() if p.is_dir()}
    return measured | {"decide.gates", "decide.cautions", "decide.safety_limits", "act.moves"}
