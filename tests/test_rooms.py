"""The folder is the registry: what stands there is listed, and nothing else is fetched."""

from __future__ import annotations

import importlib
import sys

import pytest

from attending.errors import NoSuchName
from attending.rooms import dotted, fetch, names


@pytest.fixture
def room(tmp_path, monkeypatch):
    """Give a room `toy_room` with two things, a private file and one room down."""
    house = tmp_path / "toy_room"
    (house / "adoption").mkdir(parents=True)
    for place in (house, house / "adoption"):
        (place / "__init__.py").touch()
    (house / "calm.py").write_text("calm = 'calm itself'\n")
    (house / "loud.py").write_text("raise RuntimeError('imported')\n")
    (house / "_private.py").touch()
    (house / "adoption" / "override_rate.py").write_text("override_rate = 0.5\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("toy_room")
    for name in [n for n in sys.modules if n.partition(".")[0] == "toy_room"]:
        del sys.modules[name]


def test_a_room_lists_what_stands_in_it_without_importing_it(room):
    assert names(room) == ("calm", "loud")
    assert "toy_room.loud" not in sys.modules


def test_a_room_lists_what_stands_one_room_down_by_dotted_name(room):
    assert dotted(room) == ("adoption.override_rate",)


def test_a_thing_is_fetched_by_its_name(room):
    assert fetch(room, "calm") == "calm itself"
    assert fetch(room, "adoption.override_rate") == 0.5


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("clam", "calm"),
        ("adoption.overide_rate", "adoption.override_rate"),
        ("override_rate", None),
        ("adoption", None),
        ("_private", None),
        ("", None),
        (".", None),
        ("..errors", None),
        ("xyz", None),
    ],
)
def test_a_name_that_is_not_there_is_refused_with_the_nearest_and_never_replaced(
    room, name, nearest
):
    with pytest.raises(NoSuchName) as refused:
        fetch(room, name, where="rollout.yaml:9")

    assert refused.value.nearest == nearest
    assert str(refused.value).startswith(f"rollout.yaml:9: no {name!r} in toy_room")
    assert refused.value.accepted in (names(room), dotted(room))
