"""Bent resources, and the two readings of a view beside each other."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def module(path):
    """Load a module that several tests share."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="session")
def bending():
    """Give the module that bends real resources."""
    return module(HERE.parent / "fhir" / "mutator.py")


@pytest.fixture(scope="session")
def parity():
    """Give the module that compares the two readings."""
    return module(HERE / "parity.py")
