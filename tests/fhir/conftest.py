"""Bent resources for whoever reads clinical data."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def bending(data):
    """Give the module that bends real resources, and the folder they are in."""
    path = Path(__file__).with_name("mutator.py")
    spec = importlib.util.spec_from_file_location("mutator", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def mutator(bending, data):
    """Give a mutator of seed 0; ask `bending.Mutator` for another seed."""
    return bending.Mutator(data)
