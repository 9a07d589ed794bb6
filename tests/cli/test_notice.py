"""What people type about notices: who is told, what was sent, and that somebody answers."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from attending.cli.notice import notice
from attending.errors import NoSuchName, Refused
from attending.facts.fact import By, Fact
from attending.loops.notify import Sender, contacts_of
from attending.spec.mistake import SpecRefused
from attending.wiring import open_books

PLAYBOOK = "kind: Playbook\nname: p\ntells:\n  - {of: incident, to: safety-officer, by: smtp}\n"


def typed(*words):
    done = CliRunner().invoke(notice, [*map(str, words)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.stdout


def test_a_playbook_is_declared_once_and_what_could_not_be_sent_is_listed(tmp_path, monkeypatch):
    monkeypatch.delenv("ATTENDING_NOTICES", raising=False)
    store, file = tmp_path / "store", tmp_path / "playbook.yaml"
    file.write_text(PLAYBOOK)
    declare = ("playbook", file, "--by", "safety-officer", "--store", store)
    with open_books(store):
        pass  # a ledger without a playbook
    assert "No playbook" in typed("list", "--store", store)
    assert "from now on" in typed(*declare)
    assert typed(*declare) == "no change\n"
    assert typed("list", "--store", store) == "No notice was sent.\n"
    body = {"type": "incident/1", "incident": "i", "use_case": "falls", "sites": ["Elm"],
            "severity": 1, "kind": "bias"}  # fmt: skip
    with open_books(store) as books:
        books.write([Fact(kind="said", key="i", at=books.at, by=By("x"), use_case="falls",
                          body=body)])  # fmt: skip
        assert Sender(books, lambda: contacts_of(store)).once() == 0
    said = typed("list", "--store", store)
    assert "safety-officer by smtp: incident, fact 1; not sent: there are no contacts" in said
    (row,) = json.loads(typed("list", "--store", store, "-o", "json"))["notices"]
    assert row["waits"]
    acknowledge = ("acknowledge", row["notice"][:8], "--as", "cmio", "--store", store)
    assert typed(*acknowledge) == "cmio acknowledges it\n"
    assert "already" in typed(*acknowledge)
    assert "acknowledged by cmio" in typed("list", "--store", store)
    with pytest.raises(NoSuchName):
        typed("acknowledge", "nothing", "--as", "cmio", "--store", store)


def test_a_playbook_with_a_mistake_is_refused_with_its_line(tmp_path):
    file = tmp_path / "playbook.yaml"
    file.write_text(PLAYBOOK.replace("to:", "two:"))
    with pytest.raises(SpecRefused, match=r"playbook.yaml:4"):
        typed("playbook", file, "--by", "x", "--store", tmp_path / "store")


def test_looking_into_a_folder_without_a_ledger_begins_none_there(tmp_path):
    store = tmp_path / "mistyped"
    for words in (["list"], ["acknowledge", "n", "--as", "cmio"]):
        with pytest.raises(Refused, match="no ledger"):
            typed(*words, "--store", store)
    assert not store.exists()
