"""Whatever feeds leave in a sealed store, nothing of a patient can be read on its disk.

One word stands for all that is of patients. It comes by every way in, and is then looked for in
every file there is, plainly and in the spellings that programs give text. A file that is neither
sealed nor known to hold nothing of patients fails the test: there is no kind of file left over.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import sqlite3
from contextlib import closing
from fnmatch import fnmatch
from hashlib import sha256

import pytest
from click.testing import CliRunner

from attending.cli import door
from attending.cli.speaking.taking_in import unpacked
from attending.errors import ProofFailed, Refused
from attending.facts.fact import By, Fact
from attending.ingest.mllp.framing import Frame
from attending.ingest.mllp.reception import Door, receive
from attending.lake import aggregates
from attending.lake.at_rest import at_rest, files_of
from attending.lake.clinical.store import ClinicalLake
from attending.lake.inbox import open_inbox
from attending.sealed import MAGIC
from attending.wiring import open_books

from .conftest import lines

CANARY = "Canary5f0aQuill"
WORD = CANARY.encode()
SPELLINGS = [WORD, CANARY.encode("utf-16-le"), WORD.hex().encode(), WORD[::-1], *(
    base64.b64encode(b"x" * n + WORD)[4:-4] for n in range(3)
)]  # fmt: skip

NOTHING_OF_PATIENTS = {
    "lake/sealed.json": "where the key lies, and not the key",
    "lake/lock": "empty",
    "lake/swept": "when to look for what a load left",
    "lake/catalog.db": "names of tables and of their files",
    "wire/messages.db": "of each message what the platform says of it; the rest is sealed",
    "ledger.db": "facts, which hold no patient; payloads, sealed one by one with their own key",
    "checkpoints/*.note": "digests, signed",
    "keys/*": "keys of the ledger and of its payloads",
}  # each with what lies in it: it is not sealed whole, and the word is looked for in it
AS_DROPPED = "inbox/*"

VIEW = """\
kind: View
name: weights
resource: Observation
select:
  - column:
      - {name: id, path: getResourceKey()}
      - {name: words, path: code.text}
---
kind: Checks
name: weights
source: ehr
table: weights
key: id
order: received
order_as: number
site: site
checks:
  - {check: matches_format, column: words, pattern: "[0-9]+"}
"""  # fmt: skip


def run(*words, code=0):
    found = CliRunner().invoke(door, [str(word) for word in words])
    assert found.exit_code == code, (found.output, found.exception)
    return json.loads(found.stdout)


@pytest.fixture
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("elsewhere") / "key"
    path.write_bytes(os.urandom(32))
    path.chmod(0o600)
    return path


def observation(n):
    return {"resourceType": "Observation", "id": f"{CANARY}-{n}", "status": "final",
            "code": {"coding": [{"code": CANARY}], "text": f"{CANARY} {n}"},
            "subject": {"reference": f"Patient/{CANARY}"}}  # fmt: skip


def fed(store, hospital, exporting, tmp_path, data):
    """Let every way in bring the word: files, an export, messages, dropped files, what is said."""
    arrives = tmp_path / "arrives"
    arrives.mkdir(exist_ok=True)
    whole = lines(map(observation, range(300))) + b'{"resourceType": "%s' % WORD
    (arrives / "a.ndjson").write_bytes(whole)
    (arrives / "b.ndjson.gz").write_bytes(gzip.compress(lines(map(observation, range(300, 400)))))
    bundle = {"resourceType": "Bundle", "type": "collection",
              "entry": [{"resource": observation(500)}]}  # fmt: skip
    (arrives / "c.json").write_text(json.dumps(bundle))
    (arrives / "d.yaml").write_text(VIEW)
    at = ("--store", store, "-o", "json")
    files = [arrives / name for name in ("a.ndjson", "b.ndjson.gz", "c.json")]
    run("ingest", *files, "--site", "east", "--source", "ehr", *at)

    hospital.files["p1"] = lines(observation(n) for n in range(600, 700))
    hospital.waits = []
    export = exporting(str(store / "exports" / "east-1"))
    export.run()
    run("ingest", *sorted((store / "exports").rglob("0*.ndjson")), "--site", "east",
        "--source", "ehr", *at)  # fmt: skip

    message = (
        f"MSH|^~\\&|{CANARY}|ELM|HUB|TERN|20261013080000Z||ADT^A01|{CANARY}-%d|P|2.5.1\r"
        f"PID|1||{CANARY}^^^ELM^MR||{CANARY}\rPV1|1|I|||||||||||||||||{CANARY}^^^ELM\r"
    )
    broken = f"MSH|^~\\&|A|B|C|D|2026||{CANARY}|{CANARY}\r{CANARY}\r".encode()
    raws = [*((message % n).encode() for n in range(30)), broken, WORD]
    with closing(open_inbox(store)) as inbox:
        to = Door("adt", "elm")
        inbox.keep([receive(Frame(raw), to, "2026-10-13T08:00:00.000Z").arrived for raw in raws])
    tables = data / "hl7v2" / "v2-to-fhir"
    run("ingest", "replay-inbox", "--tables", tables, "--site", "elm", "--source", "adt", *at)

    run("sources", "check", arrives / "d.yaml", "--data", arrives, *at, code=4)
    with ClinicalLake.open(store) as lake:
        lake.compact()
    with open_books(store) as books:
        by, name = By(person="chief-quality-officer", via="cli"), sha256(WORD).hexdigest()
        fact = Fact(kind="said", key="x/said", at=books.at, by=by, body={"words": name})
        books.write([fact], [WORD])
    dropped = store / "inbox" / "falls" / "source"
    dropped.mkdir(parents=True)
    (dropped / "today.csv").write_text(f"case\n{CANARY}\n")


def every(store):
    return {str(p.relative_to(store)): p for p in sorted(store.rglob("*")) if p.is_file()}


def readable(store):
    """Name the files in which the word can be read."""
    raw = {name: path.read_bytes() for name, path in every(store).items()}
    return {name for name, held in raw.items() if any(each in held for each in SPELLINGS)}


def values_in(path):
    """Give every value of every table of a database, as bytes."""
    with closing(sqlite3.connect(path)) as con:
        tables = con.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in tables:
            for row in con.execute(f'SELECT * FROM "{name}"').fetchall():
                yield from (v if isinstance(v, bytes) else str(v).encode() for v in row)


def test_no_file_that_any_feed_leaves_in_a_sealed_store_can_be_read(
    tmp_path, key, hospital, exporting, data
):
    plain, store = tmp_path / "plain", tmp_path / "store"
    for each in (plain, store):
        each.mkdir()
    run("seal", "--store", store, "--key", key, "-o", "json")
    fed(plain, hospital, exporting, tmp_path, data)
    fed(store, hospital, exporting, tmp_path, data)

    found = {name.split("/")[0] for name in readable(plain)}
    assert found == {"lake", "exports", "wire", "inbox"}, "the word came by every way in"
    assert {name for name in readable(store) if not fnmatch(name, AS_DROPPED)} == set()

    there = every(store)
    sealed = {str(path.relative_to(store)) for path in files_of(store / "lake")}
    left = [name for name in there.keys() - sealed if not fnmatch(name, AS_DROPPED)]
    assert [n for n in left if not any(fnmatch(n, p) for p in NOTHING_OF_PATIENTS)] == []
    assert [p for p in NOTHING_OF_PATIENTS if not any(fnmatch(n, p) for n in left)] == []
    assert all(at_rest(there[name]).seals(there[name]) for name in sealed)
    kinds = {name.split("/")[0] + "/" + name.split("/")[1] for name in sealed}
    assert kinds == {"lake/raw", "lake/tables", "exports/east-1"}

    databases = {p for p in there.values() if p.read_bytes().startswith(b"SQLite format 3")}
    assert {p.name for p in databases} == {"catalog.db", "ledger.db", "messages.db"}
    values = [value for path in databases for value in values_in(path)]
    assert len(values) > 500
    assert not [v for v in values if any(each in v for each in SPELLINGS)]

    told = run("seal", "--store", store, "-o", "json", code=4)["places"]
    assert {each["place"]: each["clear"] for each in told if each["clear"]} == {"inbox": 1}
    told = run("seal", "--store", plain, "-o", "json", code=4)["places"]
    assert all(each["total"] == each["clear"] > 0 for each in told)


def test_an_export_in_a_sealed_store_goes_on_where_it_was_cut_off(
    tmp_path, key, hospital, exporting
):
    store = tmp_path / "store"
    store.mkdir()
    run("seal", "--store", store, "--key", key, "-o", "json")
    export = exporting(str(store / "exports" / "east-1"))
    hospital.waits, hospital.cut_short = [], 9
    with pytest.raises(Refused, match="run it again"):
        export.run()
    half = list((store / "exports").rglob(".*"))
    assert half, "a file that was fetched half lies there"
    assert all(p.read_bytes().startswith(MAGIC) for p in half)
    hospital.cut_short = 0
    state = export.run()
    assert state.done
    assert sum(n for path, n in hospital.asked.items() if path.endswith("$export")) == 1
    raws = {}
    for each in state.fetched:
        path = store / "exports" / "east-1" / each.file
        with at_rest(path).reading(path) as file:
            raws[each.file] = file.read()
        assert sha256(raws[each.file]).hexdigest() == each.sha256
        assert unpacked(path) == len(raws[each.file])
    assert b"".join(raws.values()).startswith(hospital.files["p1"] + hospital.files["p2"])
    with at_rest(path).reading(path.with_name("manifest.json")) as file:
        assert json.loads(file.read())["output"]


def test_a_folder_of_exports_elsewhere_is_sealed_by_itself_and_needs_its_key(
    tmp_path, key, hospital, exporting
):
    hospital.waits = []
    exporting("out").run()
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    run("seal", "--export", tmp_path / "out", "--key", key, "-o", "json")
    again = exporting("out").run()
    assert again.done, "and what is done is known to be"
    for name, raw in before.items():
        path = tmp_path / "out" / name
        assert path.read_bytes().startswith(MAGIC)
        with at_rest(path).reading(path) as file:
            assert file.read() == raw
    (tmp_path / "out" / "00000.output.Patient.ndjson").write_bytes(b"{}")
    with pytest.raises(ProofFailed):
        ClinicalLake.open(tmp_path / "s").raw.keep_file(
            tmp_path / "out" / "00000.output.Patient.ndjson"
        )
    (tmp_path / "s" / "exports" / "e").mkdir(parents=True)
    found = CliRunner().invoke(
        door, ["seal", "--export", str(tmp_path / "s" / "exports" / "e"), "--key", str(key)]
    )
    assert "lie in a store" in str(found.exception)


@pytest.mark.parametrize("of", ["lake", "files"])
def test_what_a_query_spills_can_be_read_by_nobody(tmp_path, key, monkeypatch, of):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "store").mkdir()
    run("seal", "--store", tmp_path / "store", "--key", key, "-o", "json")
    with ClinicalLake.open(tmp_path / "store") as lake:
        if of == "lake":
            con = lake._con
        else:
            (tmp_path / "t.csv").write_text("a\n1\n")
            found = aggregates.open_tables({"t": [tmp_path / "t.csv"]})["t"]
            (tmp_path / "t.csv").unlink()
            con = found.get_backend().con
        con.execute("SET memory_limit = '60MB'")
        con.execute("SET threads = 1")
        con.execute(
            f"CREATE TABLE much AS SELECT '{CANARY}-' || range || repeat('x', 200) AS a "
            "FROM range(600000)"
        )
        spilled = [p for p in every(tmp_path).values() if "storage" in p.name]
        assert sum(p.stat().st_size for p in spilled) > 1_000_000
        assert readable(tmp_path) == set()
        assert con.execute("SELECT count(DISTINCT a) FROM much").fetchone() == (600_000,)
