"""The demonstration's story: what was planted is found, what was not is left alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from scipy.stats import binom

from attending.admit import admit
from attending.cli.demo import BEGAN, OPENS, SELDOM, STORY, SURE, demo, played, unsure
from attending.cli.staging.playing import Stage, play
from attending.decide.tools.tool_findings import findings
from attending.errors import Refused
from attending.ledger.open_reader import open_reader
from attending.loops.system import intake, inventory, portfolio

SEEDS = range(1, 11)
MOST_WORLDS = 200
TRUTH = b"truth/1"  # what the file of the truth begins by saying


# A process of its own for each world, and none forked: this one may hold a database's threads.
PLAY = """
import json, sys
from pathlib import Path
from attending.cli.demo import played
print(json.dumps(played(Path(sys.argv[1]), seed=int(sys.argv[2]), planted=sys.argv[3] == "True")))
"""


def one(place, seed, *, planted=True):
    """Play a world; give its judge's answer and the ledger's root."""
    store = Path(place) / f"{seed}-{planted}"
    asked = [sys.executable, "-c", PLAY, str(store), str(seed), str(planted)]
    told = json.loads(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
    reader = open_reader(store)
    told["root"] = reader.root()
    reader.close()
    return told


def several(place, worlds):
    with ThreadPoolExecutor(max_workers=2) as pool:
        asked = [pool.submit(one, place, seed, planted=planted) for seed, planted in worlds]
        return [each.result() for each in asked]


@pytest.mark.timeout(600)
def test_in_ten_worlds_and_one_with_nothing_planted_the_judge_misses_nothing(in_memory):
    told = several(in_memory, [*((seed, True) for seed in SEEDS), (SEEDS[0], False)])

    for each in told:
        assert each["missed"] == []
    for each in told[:-1]:
        said = {row["site"]: row["said"] for row in each["rows"]}
        assert said["Larch"] == "found"
        assert said["Alder"] == said["Birch"] == "rightly left alone"
    assert all(row["suspended_on_day"] is None for row in told[-1]["rows"])
    assert len({each["root"] for each in told}) == len(told)


@pytest.mark.long
@pytest.mark.timeout(14_400)
def test_in_two_hundred_worlds_misses_stay_within_what_the_planner_allows(tmp_path):
    told = several(tmp_path, [(seed, True) for seed in range(1, MOST_WORLDS + 1)])
    missed = [each["missed"] for each in told if each["missed"]]
    n_sites = len(told[0]["rows"])
    not_found = sum(any("Larch" in what for what in each) for each in missed)
    accused = sum(any("Larch" not in what for what in each) for each in missed)
    print(f"{MOST_WORLDS} worlds: {not_found} not found, {accused} with a wrong accusation")

    assert not_found <= binom.ppf(0.999, MOST_WORLDS, 1 - SURE)
    assert accused <= binom.ppf(0.999, MOST_WORLDS * (n_sites - 1), SELDOM)


@pytest.mark.timeout(300)
def test_the_check_prints_what_was_planted_and_how_surely_it_is_found(in_memory, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(in_memory))
    done = CliRunner().invoke(demo, ["--check", "-o", "json"], catch_exceptions=False)
    told = json.loads(done.stdout)

    assert done.exit_code == 0
    assert [world["missed"] for world in told["worlds"]] == [[]]
    larch = told["planner"].pop("Larch")
    assert larch["of"] == "found"
    assert larch["share"] >= SURE
    assert len(told["planner"]) == 9
    for counted in told["planner"].values():
        assert counted["of"] == "wrongly accused"
        assert counted["share"] <= SELDOM
    assert {counted["stories"] for counted in told["planner"].values()} == {larch["stories"]}
    assert larch["stories"] == 1_500


def test_a_planner_that_is_not_sure_enough_fails_the_check():
    found, accused = {"of": "found"}, {"of": "wrongly accused"}

    assert unsure({"Larch": found | {"share": 0.994}}) == ["Larch: found in 0.9940 of stories"]
    assert unsure({"Hazel": accused | {"share": 0.003}}) == [
        "Hazel: wrongly accused in 0.0030 of stories"
    ]
    assert unsure({"Larch": found | {"share": 1.0}, "Hazel": accused | {"share": 0.0}}) == []


class Watched:
    """A stage that, as each day closes, looks for the truth wherever a process could."""

    def __init__(self, stage, places):
        self.stage, self.places = stage, places
        self.looked = self.nameless = 0

    def do(self, request):
        if request["do"] == "close":
            self.look()
        return self.stage.do(request)

    def end(self):
        self.look()
        self.stage.end()

    def look(self):
        self.looked += 1
        for place in self.places:
            for path in place.rglob("*"):
                assert not (path.is_file() and TRUTH in path.read_bytes()), path
        own = nameless("self")
        for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
            self.nameless += len(nameless(child) - own)


def nameless(process):
    """Give the files without a name that a process holds: device and inode."""
    held = set()
    for handle in Path(f"/proc/{process}/fd").glob("*"):
        try:
            if "(deleted)" in str(handle.readlink()):
                found = handle.stat()
                held.add((found.st_dev, found.st_ino))
        except FileNotFoundError:
            continue  # closed meanwhile
    return held


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks into Linux's own files")
def test_no_process_of_the_platform_can_open_the_truth(tmp_path, monkeypatch):
    place, store = tmp_path / "tmp", tmp_path / "store"
    place.mkdir()
    store.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    with Stage(admit(STORY), store, began=BEGAN) as stage:
        watched = Watched(stage, [place, store])
        told = play(watched, store, ["--seed", "3", "--days", "4"])

    assert watched.looked == 5
    assert watched.nameless == 5  # the world holds one all the while, which is not open here
    assert told["rows"][0]["site"] == "Larch"


def test_the_same_world_gives_the_same_ledger_and_another_gives_another(tmp_path):
    roots = []
    for n, seed in enumerate((4, 4, 5)):
        store = tmp_path / str(n)
        store.mkdir()
        with Stage(admit(STORY), store, began=BEGAN) as stage:
            play(stage, store, ["--seed", str(seed), "--days", "3"])
        reader = open_reader(store)
        roots.append(reader.root())
        reader.close()

    assert roots[0] == roots[1] != roots[2]


def test_its_people_hand_in_an_untidy_sheet_and_proposals_that_are_not_refused(tmp_path):
    with Stage(admit(STORY), tmp_path, began=BEGAN) as stage:
        play(stage, tmp_path, ["--seed", "4", "--days", "3"])
    reader = open_reader(tmp_path)
    known, proposed = inventory.current(reader), intake.followed(reader).now()
    tools = {f.tool: f for f in findings(portfolio.following(reader).now(), OPENS)}
    reader.close()

    assert len(known.tools) == 12
    assert len(proposed.proposals) == 2
    assert [n for n, f in tools.items() if f.duplicates] == ["sepsis_alert", "ehr_sepsis_score"]
    assert sum(f.stalled.word == "yes" for f in tools.values()) == 4
    assert sum(f.ownerless.word == "yes" for f in tools.values()) == 2
    assert {d.why for _, d in inventory.open_doubts(known)} == {"no_owner", "ambiguous_date"}


def test_a_store_that_holds_facts_already_is_refused_and_left_as_it_was(tmp_path):
    with Stage(admit(STORY), tmp_path, began=BEGAN) as stage:
        stage.do({"do": "waits"})
    before = sorted((path, path.stat().st_size) for path in tmp_path.rglob("*"))

    with pytest.raises(Refused, match="a story starts from an empty one"):
        played(tmp_path, seed=1, planted=True)
    assert sorted((path, path.stat().st_size) for path in tmp_path.rglob("*")) == before


def test_the_world_knows_nothing_of_the_platform():
    script = (
        "import sys, attending.simulator.world;"
        "print(*(m for m in sys.modules if m.startswith('attending.')))"
    )
    asked = [sys.executable, "-c", script]
    seen = subprocess.run(asked, capture_output=True, text=True, check=True)

    assert set(seen.stdout.split()) == {
        "attending.simulator",
        "attending.simulator.hospitals",
        "attending.simulator.paperwork",
        "attending.simulator.weeks",
        "attending.simulator.world",
    }
