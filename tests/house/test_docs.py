"""Pages cannot lag behind the code: what stands is described, and what is described stands."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys

import pytest

REFERENCE_PAGE = {
    "measure": "metrics.md",
    "decide.gates": "gates.md",
    "decide.cautions": "cautions.md",
    "decide.safety_limits": "safety-limits.md",
    "decide.interlocks": "interlocks.md",
    "act.moves": "moves.md",
    "act.channels": "notices.md",
    "ingest.checks": "data-checks.md",
    "ingest.sources": "sources.md",
    "serve.engines": "engines.md",
    "serve.channels": "channels.md",
    "console.charts": "charts.md",
    "console.pages": "pages.md",
    "report.audit": "audit-questions.md",
    "report.proofs": "proofs.md",
    "stats": "methods.md",
}

LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
SENTENCE_END = re.compile(r"[.!?](?:\s|$)")


def script(root, name):
    """Load one of the scripts that make pages."""
    spec = importlib.util.spec_from_file_location(name, root / "docs" / f"{name}.py")
    loaded = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="session")
def mission(root):
    return script(root, "make_mission")


@pytest.fixture(scope="session")
def needs(mission):
    return mission.load()["needs"]


def test_the_reference_is_fresh(root):
    stale = script(root, "make_reference").stale()

    if stale:
        pytest.fail(f"not fresh: {', '.join(stale)}; run `make docs`", pytrace=False)


def test_everything_in_a_room_has_its_place_in_the_reference(root, things):
    missing = []
    for thing in things:
        room = "measure" if thing.dotted.startswith("measure.") else thing.folder
        page = root / "docs" / "reference" / REFERENCE_PAGE.get(room, "index.md")
        name = thing.dotted.removeprefix("measure.") if room == "measure" else thing.name
        if room in REFERENCE_PAGE and f"`{name}`" not in page.read_text("utf-8"):
            missing.append(f"{thing.shown}: not on {page.name}; run `make docs`")

    if missing:
        pytest.fail("\n".join(missing), pytrace=False)


def test_every_verb_has_its_place_in_the_reference(root, src):
    page = (root / "docs" / "reference" / "commands.md").read_text("utf-8")
    verbs = script(root, "make_reference").verbs()

    assert [v for v in verbs if f"## `{v}`" not in page] == []


def test_the_mission_page_is_fresh(mission):
    assert mission.is_fresh(), "run `make docs`"


def test_each_need_is_there_once(needs):
    assert [n["id"] for n in needs] == [f"Q{i:03}" for i in range(1, 151)]


def test_what_a_need_names_is_there(root, needs, mission):
    capabilities = mission.load()["capabilities"]
    verbs = set(script(root, "make_reference").verbs())
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text("utf-8"), re.MULTILINE))
    missing = []
    for need in needs:
        missing += [
            f"{need['id']}: no capability {c}" for c in need["capability"] if c not in capabilities
        ]
        test, _, name = need.get("test", "").partition("::")
        if test and not (root / test).exists():
            missing.append(f"{need['id']}: no test {test}")
        elif name and f"def {name}(" not in (root / test).read_text("utf-8"):
            missing.append(f"{need['id']}: no {name} in {test}")
        door, *rest = need.get("command", "").split() or [""]
        known = {"attending": verbs, "make": targets, "": {""}}.get(door, set())
        if (rest[0] if rest else "") not in known:
            missing.append(f"{need['id']}: no command {need['command']!r}")
        if need.get("page", "").startswith("docs/") and not (root / need["page"]).exists():
            missing.append(f"{need['id']}: no page {need['page']}")

    assert not missing, "\n".join(missing)


def test_no_need_claims_a_page_or_a_command_without_a_test(needs):
    assert not [n["id"] for n in needs if (n.get("command") or n.get("page")) and not n.get("test")]


def test_links_lead_somewhere(root, kept_files):
    broken = []
    for page in (p for p in kept_files if p.suffix == ".md"):
        for target in LINK.findall(page.read_text("utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(root)}: {target}")  # noqa: PERF401

    assert not broken


def test_each_decision_says_what_would_change_our_mind(root):
    decisions = sorted((root / "docs" / "decisions").glob("[0-9]*.md"))

    assert decisions
    assert [int(d.name[:4]) for d in decisions] == list(range(1, len(decisions) + 1))
    for decision in decisions:
        text = decision.read_text("utf-8").lower()
        assert "what would change our mind" in text, decision.name


def test_a_change_note_is_one_sentence_of_a_known_kind(root):
    for note in (root / "changes").iterdir():
        assert re.fullmatch(r"\d+\.(added|changed|fixed|removed|security)\.md", note.name), (
            note.name
        )
        text = note.read_text("utf-8").strip()
        assert text.endswith("."), f"{note.name}: not a sentence"
        assert "\n" not in text, f"{note.name}: more than one line"
        assert len(SENTENCE_END.findall(text)) == 1, f"{note.name}: more than one sentence"


def test_the_readme_s_commands_are_the_makefile_s_and_ci_s(root):
    readme = (root / "README.md").read_text("utf-8")
    makefile = (root / "Makefile").read_text("utf-8")
    named = set(re.findall(r"(?:^    |`)make ([a-z-]+)", readme, re.MULTILINE))

    assert {"demo", "test"} <= named
    assert [n for n in named if not re.search(rf"^{n}:", makefile, re.MULTILINE)] == []
    assert "make test" in (root / ".ci" / "run").read_text("utf-8")


@pytest.mark.parametrize("script_name", ["make_reference", "make_mission"])
def test_a_made_page_names_what_makes_it(root, script_name):
    folder = {"make_reference": "reference", "make_mission": "mission"}[script_name]
    for page in (root / "docs" / folder).glob("*.md"):
        first = page.read_text("utf-8").splitlines()[0]
        assert "make docs" in first, page.name
        assert script_name in first, page.name


def test_the_makefile_parses(root):
    ran = subprocess.run(
        ["make", "-n", "help"], cwd=root, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
