"""Plans and packets are named by the first characters of their digests, and never guessed."""

from __future__ import annotations

import pytest

from attending.cli.speaking.naming import named
from attending.errors import NoSuchName, Refused
from attending.facts.fact import By, Fact
from attending.wiring import open_books

ONE, OTHER, PACKET = "a" * 10 + "1" * 54, "a" * 10 + "2" * 54, "b" * 64


@pytest.fixture
def store(tmp_path):
    """A ledger with two plans whose digests begin alike, and one packet."""
    there = {ONE: ("plan", "falls"), OTHER: ("plan", "sepsis"), PACKET: ("packet", "falls")}
    with open_books(tmp_path) as books:
        books.write([
            Fact(kind="decided", key=digest, at=books.at, by=By("x"), use_case=use_case,
                 body={"type": f"{what}/1", "digest": digest})
            for digest, (what, use_case) in there.items()
        ])  # fmt: skip
    return tmp_path


def test_as_many_characters_as_tell_two_plans_apart_name_one_of_them(store):
    assert named(store, ONE[:11], "plan") == ("falls", ONE)
    assert named(store, OTHER[:11], "plan") == ("sepsis", OTHER)
    assert named(store, PACKET[:8], "packet") == ("falls", PACKET)


@pytest.mark.parametrize(
    ("digest", "what", "because"),
    [(ONE[:10], "plan", "names 2 plans"), (PACKET[:7], "packet", "too short")],
)
def test_what_names_several_or_is_too_short_is_refused(store, digest, what, because):
    with pytest.raises(Refused, match=because) as refused:
        named(store, digest, what)
    assert set(refused.value.accepted) == ({ONE, OTHER} if what == "plan" else set())


def test_a_packet_is_no_plan(store):
    with pytest.raises(NoSuchName, match="the plans of this ledger"):
        named(store, PACKET, "plan")
