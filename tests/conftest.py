"""What every test may ask for: the repository, real data where it is, and a blessing."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from copy import deepcopy
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from ruamel.yaml import YAML

from attending.spec.document import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]

# The same tree gives the same answer; the long run looks where nobody has looked yet.
settings.register_profile("daily", deadline=None, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "daily"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bless", action="store_true", help="rewrite expected outputs; read the diff afterwards"
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    """Let a test that a clock decides run while no other worker of the run has one.

    It is the outermost wrapper, so that no test's own time is spent on waiting. Who wants
    to be alone keeps the door shut while the room empties; otherwise it might wait forever.
    """
    with ExitStack() as until_the_end:
        if "PYTEST_XDIST_WORKER" in os.environ:
            alone = item.get_closest_marker("alone") is not None
            where = ROOT / ".pytest_cache"
            where.mkdir(exist_ok=True)
            door = until_the_end.enter_context((where / "door").open("w"))
            room = until_the_end.enter_context((where / "room").open("w"))
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            if not alone:
                fcntl.flock(door, fcntl.LOCK_UN)
        return (yield)


@pytest.hookimpl(trylast=True)  # what is left out by a marker is out by then
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, where workers share a run.

    A worker that has nothing left takes half of what another still has, from the end. There, a
    test of minutes would be waited for by all, and a module would be shared whose set-up takes
    minutes: each would set it up. Those that want to be alone come before, so that they wait
    for no such test.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    longest: dict[Path, float] = {}
    for item in items:
        marked = item.get_closest_marker("timeout")
        allowed = float(marked.args[0]) if marked is not None else 0.0
        longest[item.path] = max(allowed, longest.get(item.path, 0.0))
    items.sort(key=lambda i: (i.get_closest_marker("alone") is None, -longest[i.path]))


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


class Proposing:
    """A proposal that is whole, to be spoiled or changed in one place at a time."""

    file = Path(__file__).with_name("proposal.yaml")

    def plain(self, **over):
        """Give its content; `over` sets paths such as ``after_launch__owner``."""
        plain = deepcopy(self._whole)
        for path, value in over.items():
            node, *_, last = plain, *(parts := path.split("__"))
            for part in parts[:-1]:
                node = node[int(part) if part.isdigit() else part]
            key = int(last) if last.isdigit() else last
            if value is None:
                del node[key]
            else:
                node[key] = value
        return jsonable(plain)

    @cached_property
    def _whole(self):
        return YAML(typ="safe").load(self.file.read_text("utf-8"))

    def document(self, **over):
        return Document(self.plain(**over), "proposal.yaml")


def jsonable(value):
    """Give YAML's dates as the text they are in a spec, and its yes and no as words."""
    if isinstance(value, dict):
        return {key: jsonable(each) for key, each in value.items()}
    if isinstance(value, list):
        return [jsonable(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


@pytest.fixture(scope="session")
def proposing():
    return Proposing()


@pytest.fixture(scope="session")
def power() -> ModuleType:
    """Give the disk that loses power; tests are no packages, so it is read from its file."""
    spec = importlib.util.spec_from_file_location("power_disk", ROOT / "tests" / "power_disk.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def _postgres_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    beside = shutil.which("initdb")
    return found[0].parent if found else Path(beside).parent if beside else None


def _unprivileged() -> str | None:
    """Name a user to run the server as; PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name for user in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Give a connection string: a server that was named, or one started for this run."""
    named = os.environ.get("ATTENDING_POSTGRES")
    if named:
        yield named
        return
    programs = _postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed and ATTENDING_POSTGRES names none")
    user = _unprivileged()
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if user:
        shutil.chown(home, user, pwd.getpwnam(user).pw_gid)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, *arguments],
            check=True,
            user=user,
            cwd=home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    data = home / "data"
    try:
        run("initdb", "-D", str(data), "-U", "attending", "-A", "trust", "--no-sync")
        options = f"-k {home} -c listen_addresses= -c shared_buffers=16MB"
        run("pg_ctl", "-D", str(data), "-o", options, "-l", str(home / "log"), "-w", "start")
        yield f"host={home} user=attending dbname=postgres"
    finally:
        subprocess.run(
            [programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"],
            check=False,
            user=user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        shutil.rmtree(home, ignore_errors=True)
