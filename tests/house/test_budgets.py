"""How big a thing may be. Each limit comes from code that people praise."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache

import pytest

ROOM_LINES = 200
FILE_LINES = 400
FUNCTION_LINES = 50
ARGUMENTS = 6
BY_POSITION = 4
MODULES_IN_FOLDER = 30
DEPTH = 3

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache  # three rules ask, of trees that nobody changes
def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]


def lines_of(function):
    """Count a function's lines without its docstring."""
    first = function.body[0]
    doc = (first.end_lineno - first.lineno + 1) if ast.get_docstring(function) is not None else 0
    return function.end_lineno - function.lineno + 1 - doc


def positional(function):
    names = [a.arg for a in function.args.posonlyargs + function.args.args]
    return [n for n in names if n not in {"self", "cls"}]


def is_verb(function):
    """Tell whether a function's arguments are options that people type."""
    return any("command" in ast.unparse(d) for d in function.decorator_list)


def test_a_file_can_be_read_at_one_sitting(modules, exceptions):
    found = {}
    for module in modules:
        limit = ROOM_LINES if module.in_room else FILE_LINES
        lines = module.text.count("\n")
        if lines > limit:
            found[module.shown] = f"{lines} lines; at most {limit}"

    exceptions.settle("files", found)


def test_a_function_can_be_held_in_the_head(modules, exceptions):
    found = {}
    for module in modules:
        for function in functions(module.tree):
            if (lines := lines_of(function)) > FUNCTION_LINES:
                where = f"{module.shown}:{function.name}"
                found[where] = f"{lines} lines; at most {FUNCTION_LINES}"

    exceptions.settle("functions", found)


def test_a_call_names_what_it_passes(modules, exceptions):
    found = {}
    for module in modules:
        for function in (f for f in functions(module.tree) if not is_verb(f)):
            by_position = positional(function)
            n = len(by_position) + len(function.args.kwonlyargs)
            where = f"{module.shown}:{function.name}"
            if n > ARGUMENTS:
                found[where] = f"{n} arguments; at most {ARGUMENTS}"
            elif len(by_position) > BY_POSITION:
                found[where] = f"{len(by_position)} by position; at most {BY_POSITION}, then *"

    exceptions.settle("arguments", found)


def test_imports_stand_at_the_top(modules, exceptions):
    found = {}
    for module in modules:
        for function in functions(module.tree):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    found[f"{module.shown}:{function.name}"] = "imports inside a function"

    exceptions.settle("imports-in-functions", found)


def test_a_folder_can_be_surveyed(modules, exceptions):
    counted = Counter(m.folder for m in modules)

    exceptions.settle(
        "folders",
        {f: f"{n} modules; at most {MODULES_IN_FOLDER}" for f, n in counted.items() if n > 30},
    )


def test_folders_do_not_nest_deep(modules):
    deep = [m.shown for m in modules if m.folder.count(".") + 1 > DEPTH]

    assert not deep


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('def f():\n    """Doc."""\n    return 1\n', 2),
        ("def f():\n    return 1\n", 2),
        ('def f():\n    """Doc.\n\n    More.\n    """\n    a = 1\n    return a\n', 3),
    ],
)
def test_a_docstring_costs_a_function_nothing(source, lines):
    assert lines_of(functions(ast.parse(source))[0]) == lines
