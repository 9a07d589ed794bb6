"""Bent resources, the two readings of a view beside each other, and keys that seal a store."""

from __future__ import annotations

import importlib.util
import os
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


@pytest.fixture
def key(tmp_path_factory):
    """Draw keys by name, in a folder that is not the store's."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    def drawn(name):
        path = elsewhere / name
        if not path.exists():
            path.write_bytes(os.urandom(32))
            path.chmod(0o600)
        return path

    return drawn
