"""What every test may ask for: the repository, real data where it is, and a blessing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]

# The same tree gives the same answer; the long run looks where nobody has looked yet.
settings.register_profile("daily", deadline=None, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "daily"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bless", action="store_true", help="rewrite expected outputs; read the diff afterwards"
    )


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def data() -> Path:
    """Give the folder of real data and public suites, or skip with the reason."""
    where = Path(os.environ.get("ATTENDING_DATA") or ROOT.parent / "shared" / "data")
    if not where.is_dir():
        pytest.skip("real data is not on this machine; ATTENDING_DATA may name its folder")
    return where


@pytest.fixture
def expected(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare text with a file that a person has read; `--bless` writes the file instead."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--bless"):
            path.write_text(text, "utf-8")
        assert text == path.read_text("utf-8"), f"{path} differs: read it, then `make bless`"

    return compare
