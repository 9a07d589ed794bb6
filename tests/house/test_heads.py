"""What an import contract cannot see: a head that asks the time, throws dice or runs a query."""

from __future__ import annotations

import ast

import pytest

HEADS = ("spec", "facts", "stats", "measure", "decide")

ASKS_THE_WORLD = {
    "now": "asks the time",
    "utcnow": "asks the time",
    "today": "asks the time",
    "execute": "runs a query; give the expression back instead",
    "to_pyarrow": "runs a query; give the expression back instead",
    "to_pandas": "runs a query; give the expression back instead",
    "to_polars": "runs a query; give the expression back instead",
    "default_rng": "throws dice; take the generator as an argument",
}

BUILTINS = {
    "open": "opens a file",
    "print": "talks",
    "input": "asks a person",
    "__import__": "hides an import",
}

DICE = {"Generator"}  # the one name of numpy.random a head may say: the type of an argument


def faults(tree):
    """Give each line where a head reaches for the world, and how."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ASKS_THE_WORLD:
                yield node.lineno, ASKS_THE_WORLD[node.func.attr]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            reason = BUILTINS.get(node.func.id) or ASKS_THE_WORLD.get(node.func.id)
            if reason:
                yield node.lineno, reason
        elif _throws_dice(node):
            yield node.lineno, ASKS_THE_WORLD["default_rng"]


def _throws_dice(node):
    if isinstance(node, ast.ImportFrom):
        from_dice = (node.module or "").startswith("numpy.random")
        return from_dice and bool({a.name for a in node.names} - DICE)
    is_dice = isinstance(node, ast.Attribute) and _is_numpy_random(node.value)
    return is_dice and node.attr not in DICE


def _is_numpy_random(node):
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "random"
        and isinstance(node.value, ast.Name)
        and node.value.id in {"np", "numpy"}
    )


def test_no_head_reaches_for_the_world(modules, exceptions):
    found = {
        f"{m.shown}:{line}": what
        for m in modules
        if m.dotted.split(".")[0] in HEADS
        for line, what in faults(m.tree)
    }

    exceptions.settle("heads", found)


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)",
        "date.today()",
        "np.random.normal(size=3)",
        "from numpy.random import default_rng",
        "table.execute()",
        "open('x')",
        "default_rng(1)",
    ],
)
def test_each_way_of_reaching_is_seen(line):
    assert list(faults(ast.parse(line)))


@pytest.mark.parametrize("line", ["def f(dice: np.random.Generator): ...", "dice.normal(size=3)"])
def test_dice_that_were_handed_in_may_be_thrown(line):
    assert not list(faults(ast.parse(line)))
