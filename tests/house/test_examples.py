"""Every example in a docstring holds."""

from __future__ import annotations

import doctest
from importlib import import_module


def test_each_example_in_a_docstring_holds(modules):
    wrong = []
    for module in modules:
        if ">>> " in module.text:
            ran = doctest.testmod(import_module(f"attending.{module.dotted}"))
            if ran.failed:
                wrong.append(f"{module.shown}: {ran.failed} of {ran.attempted} examples")

    assert not wrong
