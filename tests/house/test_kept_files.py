"""What is in the repository says nothing of any one machine, registry or secret."""

from __future__ import annotations

import re
import tomllib

import pytest

# Written in two halves where the pattern would otherwise find itself.
MACHINE = re.compile(
    r"(?<![\w.])/(?:" + "home|Users|root|work|opt|mnt|var/lib" + r")/[\w.-]+|\b[A-Z]:\\\\?Users"
)
REGISTRY = re.compile(
    "|".join(
        [
            r"pypi\.org/simple",
            r"pythonhosted" + r"\.org",
            r"registry\.npmjs",
            r"proxy\.golang",
            r"--(?:extra-)?index-url[ =]",
            r"--find-" + "links",
            r"--trusted-" + "host",
        ]
    )
)
SECRET = re.compile(
    "|".join(
        [
            r"-----BEGIN [A-Z ]*PRIVATE" + " KEY-----",
            r"\bAKIA[0-9A-Z]{16}\b",
            r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
            r"\bsk-[A-Za-z0-9]{32,}\b",
            r"""\b(?i:password|passwd|secret|api_key)\s*[=:]\s*["'](?=[^"']*[a-z0-9])[^"'{}$<>\s]{6,}["']""",
        ]
    )
)
DATA_FOLDER = re.compile(r"\.\./shared|[\"']shared[\"']\s*/\s*[\"']data")
MAY_NAME_THE_DATA_FOLDER = {
    "tests/conftest.py",
    "bench/ingest.py",  # it runs without the tests' fixtures
    "CONTRIBUTING.md",
    "tests/house/test_kept_files.py",
}

BINARY = {".onnx", ".png", ".jpg", ".ico", ".woff2", ".zip", ".parquet", ".gz"}
LARGEST = 400_000  # bytes; requirements files with all their hashes are the largest text


@pytest.fixture(scope="session")
def lines(root, kept_files):
    """Give every line of text that is kept, with its place."""
    found = []
    for path in kept_files:
        if path.suffix in BINARY:
            continue
        shown = str(path.relative_to(root))
        text = path.read_text("utf-8", errors="replace")
        found += [(shown, n, line) for n, line in enumerate(text.splitlines(), 1)]
    return found


def matches(lines, pattern, *, but=()):
    return {
        f"{path}:{n}": found.group(0)
        for path, n, line in lines
        if path not in but and (found := pattern.search(line))
    }


def test_no_path_of_one_machine(lines, exceptions):
    exceptions.settle("machine-paths", matches(lines, MACHINE))


def test_no_address_of_a_registry(lines):
    assert not matches(lines, REGISTRY)


def test_no_secret(lines, exceptions):
    exceptions.settle("secrets", matches(lines, SECRET, but={"tests/house/test_kept_files.py"}))


def test_the_data_folder_is_named_by_the_fixtures_and_the_bench_alone(lines):
    assert not matches(lines, DATA_FOLDER, but=MAY_NAME_THE_DATA_FOLDER)


def test_nothing_kept_is_large(root, kept_files):
    large = [str(p.relative_to(root)) for p in kept_files if p.stat().st_size > LARGEST]

    assert not large


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_requirements_are_pinned_by_hash_and_by_nothing_else(root, name):
    text = (root / "requirements" / f"{name}.txt").read_text("utf-8")
    pins = re.split(r"\\\n\s+|\n", text)

    assert all(
        p.startswith("--hash=sha256:") or re.match(r"[a-z0-9._-]+(\[.*\])?==", p) for p in pins if p
    )
    assert "://" not in text


def test_every_declared_dependency_is_pinned(root):
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    runtime = (root / "requirements" / "runtime.txt").read_text("utf-8")
    dev = (root / "requirements" / "dev.txt").read_text("utf-8")

    assert not unpinned(project["dependencies"], runtime)
    assert not unpinned([w for ws in project["optional-dependencies"].values() for w in ws], dev)


def unpinned(wanted, text):
    pinned = {line.split("==")[0].replace(".", "-") for line in text.splitlines() if "==" in line}
    names = [re.split(r"[<>=\[~!; ]", w)[0].lower().replace(".", "-") for w in wanted]
    return [n for n in names if n not in pinned]


def test_sqlglot_stays_where_ibis_can_follow(root):
    text = (root / "requirements" / "runtime.txt").read_text("utf-8")

    assert int(re.search(r"^sqlglot==(\d+)", text, re.MULTILINE)[1]) < 30
