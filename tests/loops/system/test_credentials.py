"""Keys are put on record and retired by an admin, once and for good."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta

import msgspec
import pytest
from joserfc.jwk import ECKey

from attending import shapes
from attending.cli import main
from attending.clock import stamp
from attending.errors import GateNotMet, NoSuchName, Refused
from attending.facts.snapshot import Snapshot
from attending.ledger.open_reader import open_reader
from attending.loops.system.credentials import known, register, retire
from attending.loops.system.people import Voice, declare
from attending.report.evidence import evidence
from attending.report.question import Asked
from attending.report.questions import answered
from attending.serve.clients import Client, credentials_of
from attending.serve.readback import Watch, put_snapshot
from attending.serve.standalone import SNAPSHOT, Doors, standalone
from attending.spec.people import PeopleDeclared
from attending.wiring import open_books

ADMIN, NURSE = Voice("keys-post"), Voice("nurse-post")
PEOPLE = {"people": [
    {"person": "keys-post", "printed_name": "k", "roles": [{"role": "admin"}]},
    {"person": "nurse-post", "printed_name": "n", "roles": [{"role": "case_manager"}]},
]}  # fmt: skip
WHY = "the laptop it lay on was lost"
OLD, NEW = (ECKey.generate_key("P-384", {"kid": kid}) for kid in ("old", "new"))


def client(*keys):
    public = [key.as_dict(private=False) for key in keys]
    return Client(issuer="https://ehr.example", sites=("alder",), jwks={"keys": public})


@pytest.fixture
def books(tmp_path):
    with open_books(tmp_path / "s") as opened:
        declare(opened, shapes.convert(PEOPLE, PeopleDeclared), ADMIN)
        yield opened


def states(books):
    return {key: each.state for key, each in known(books.reader).keys.items()}


def test_a_client_rotates_and_what_was_retired_does_not_come_back(books):
    old, new = OLD.thumbprint(), NEW.thumbprint()
    assert len(register(books, credentials_of(client(OLD)), ADMIN)) == 1
    assert [c.key for c in register(books, credentials_of(client(OLD, NEW)), ADMIN)] == [new]
    assert retire(books, old[:10], ADMIN, why=WHY)
    size = books.reader.size()

    assert not retire(books, old, ADMIN, why=WHY)
    assert register(books, credentials_of(client(NEW)), ADMIN) == []
    with pytest.raises(Refused, match="does not come back"):
        register(books, credentials_of(client(OLD, NEW)), ADMIN)

    assert states(books) == {old: "retired", new: "registered"}
    assert books.reader.size() == size
    assert WHY.encode() not in b"".join(row.raw or b"" for row in books.reader.rows())


def test_only_an_admin_says_so_with_a_reason_about_one_key_that_is_there(books):
    register(books, credentials_of(client(OLD, NEW)), ADMIN)
    size = books.reader.size()
    with pytest.raises(GateNotMet, match="is for an admin"):
        retire(books, OLD.thumbprint(), NURSE, why=WHY)
    with pytest.raises(GateNotMet, match="is for an admin"):
        register(books, credentials_of(client(OLD)), NURSE)
    with pytest.raises(Refused, match="needs a reason"):
        retire(books, OLD.thumbprint(), ADMIN, why=" ")
    for named in ("", OLD.thumbprint()[:7], "x" * 43):
        with pytest.raises(NoSuchName):
            retire(books, named, ADMIN, why=WHY)
    assert books.reader.size() == size


def test_the_configuration_tells_who_put_a_key_on_record_and_who_retired_it(books):
    register(books, credentials_of(client(OLD)), ADMIN)
    size = books.reader.size()
    retire(books, OLD.thumbprint(), Voice("keys-post", "console"), why=WHY)

    found = answered(32, Asked(evidence(books.reader), since=size))
    (row,) = [r for r in found.rows if r.cells["what"] == "changed"]
    assert row.cells["name"] == f"https://ehr.example/{OLD.thumbprint()}"
    assert (row.cells["value"], row.cells["was"], row.cells["author"]) == (
        "retired for alder", "registered for alder", "keys-post",
    )  # fmt: skip


def test_what_an_admin_types(tmp_path, monkeypatch, capsys):
    file, store = tmp_path / "clients.json", tmp_path / "s"
    file.write_bytes(msgspec.json.encode([client(OLD)]))

    def typed(*words):
        line = ["attending", "credential", *map(str, words), "--store", str(store)]
        monkeypatch.setattr(sys, "argv", line)
        with pytest.raises(SystemExit) as left:
            main()
        return left.value.code, *capsys.readouterr()

    assert typed("retire", OLD.thumbprint(), "--by", "x", "--reason", WHY)[0] == 1
    assert not store.exists()
    assert typed("register", file, "--by", "keys-post")[0] == 0
    assert "nothing is new" in typed("register", file, "--by", "keys-post")[1]
    assert typed("retire", OLD.thumbprint()[:8], "--by", "keys-post", "--reason", WHY)[0] == 0
    code, out, _ = typed("list", "-o", "json")
    (row,) = json.loads(out)["credentials"]
    assert (code, row["key"], row["state"]) == (0, OLD.thumbprint(), "retired")
    file.write_text("[{}]")
    code, _, err = typed("register", file, "--by", "keys-post")
    assert code == 1
    assert "cannot be read" in err
    reader = open_reader(store)
    assert reader.size() == 2
    reader.close()


def test_a_gateway_registers_its_file_and_refuses_what_was_retired_with_the_next_snapshot(
    tmp_path,
):
    file, store = tmp_path / "clients.json", tmp_path / "s"
    file.write_bytes(msgspec.json.encode([client(OLD, NEW)]))
    doors = Doors(base_url="http://gateway.example", clients=file)
    for name in ("g1", "g2"):  # what is on record is not registered again
        with standalone([], {"alder": ()}, store, name=name, doors=doors):
            pass
    with open_books(store) as books:
        facts = [e.fact for e in books.reader.entries()]
        assert [(f.by.person, f.body["key"]) for f in facts] == [
            ("g1", OLD.thumbprint()), ("g1", NEW.thumbprint()),
        ]  # fmt: skip

    with standalone([], {"alder": ()}, store, name="g1", doors=doors) as gateway:
        known_here = gateway.parts.clients.on_record
        with open_books(store) as books:
            retire(books, OLD.thumbprint(), ADMIN, why=WHY)
        now = gateway.parts.clock.now()
        until = stamp(now + timedelta(seconds=30))
        put_snapshot(
            store / SNAPSHOT, Snapshot(seq=1, made_at=stamp(now), valid_until=until, entries=())
        )
        assert not known_here.known.is_retired(OLD.thumbprint())
        watch = Watch(gateway, store / SNAPSHOT)
        asyncio.run(_looked(watch))
        assert known_here.known.is_retired(OLD.thumbprint())
        assert not known_here.known.is_retired(NEW.thumbprint())


async def _looked(watch):
    assert watch.look()
