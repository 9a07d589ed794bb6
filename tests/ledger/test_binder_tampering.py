"""Ten thousand ways to tamper with a binder, each refused by the file that is shipped in it.

Half of them hash everything again, zip it again in the canonical form, and sign it with a key
of their own under the ledger's name, as whoever handed the binder on could.
"""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from base64 import b64encode
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from attending.facts.fact import By, Fact
from attending.ledger import layout, offline_binder, offline_verifier
from attending.ledger.merkle import Tree, leaf_hash
from attending.ledger.note import Signer, new_key, signed_by
from attending.ledger.offline_binder import canonical_zip, check_binder, files_in, read_key
from attending.loops.system.binders import build, wanted
from attending.wiring import open_books

MUTATIONS = int(os.environ.get("ATTENDING_MUTATIONS", "10000"))
FLIPS, ALONE = 3000, 200
SCOPE = {"use_case": "watch", "since": "2026-10-02", "until": "2026-10-27"}


def answer(n):
    body = {
        "type": "prediction/1",
        "prediction": f"p{n}",
        "display": "silent",
        "patient": f"x{n % 4}",
    }
    return Fact(kind="served", key=f"g/{n}/served", at=f"2026-10-{n % 28 + 1:02}T08:00:00.000Z",
                by=By("gateway", via="gateway"), body=body, use_case="watch", site="east",
                release="watch-1")  # fmt: skip


def fill(books):
    """Write a little of everything: other sites, other use cases, an erasure."""
    books.pen.append([answer(n) for n in range(24)])
    books.pen.checkpoint()
    other = {"type": "departed/1", "person": "post"}
    books.pen.append(
        [Fact(kind="said", key="o", at="2026-10-09T08:00:00.000Z", by=By("x"), body=other)]
    )
    books.pen.erase([5], by=By("officer"), at="2026-10-10T08:00:00.000Z", because="asked")
    books.pen.append([answer(n) for n in range(30, 40)])
    books.pen.checkpoint()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    with open_books(folder) as books:
        fill(books)
    return folder


@pytest.fixture(scope="module")
def raw(store):
    with open_books(store) as books:
        return build(books, store, wanted(SCOPE, questions=(3, 21)), By("auditor")).raw


@pytest.fixture(scope="module")
def another(store, raw):
    """Give a second binder of the same ledger, signed with the same key."""
    with open_books(store) as books:
        return build(
            books, store, wanted({"use_case": "watch"}, questions=(21,)), By("auditor")
        ).raw


@pytest.fixture(scope="module")
def keys(store):
    return [read_key(layout.public_key(store).read_text())]


class Forger:
    """Has the binder, another one of the same ledger, dice, and a key of their own."""

    def __init__(self, raw, another, chance):
        self.raw, self.files, self.others = raw, files_in(raw), files_in(another)
        self.chance = chance
        self.origin = json.loads(self.files["MANIFEST.json"])["ledger"]["origin"]
        self.own = Signer(self.origin, new_key())

    def facts(self):
        said, proved = (self.files[f"{n}.ndjson"].splitlines() for n in ("facts", "proofs"))
        return [[json.loads(a), json.loads(b)] for a, b in zip(said, proved, strict=True)]

    def put_facts(self, facts):
        for place, name in enumerate(("facts", "proofs")):
            lines = [json.dumps(each[place], ensure_ascii=False).encode() for each in facts]
            self.files[f"{name}.ndjson"] = b"".join(line + b"\n" for line in lines)

    def pick(self, facts):
        return self.chance.choice([f for f in facts if f[0]["bytes"] is not None])

    def rewritten(self, text):
        fact = json.loads(text)
        fact["body"]["display"] = self.chance.choice(["shown", "late", str(self.chance.random())])
        return json.dumps(fact, sort_keys=True, separators=(",", ":"))

    def signed(self, text):
        return f"{text}\n{self.own.sign(text)}".encode()

    def zipped(self, *, listed=True, signed=True, **over):
        """Hash, sign and zip all of it again."""
        if listed:
            manifest = json.loads(self.files["MANIFEST.json"])
            manifest["files"] = [
                {"path": name, "size": len(raw), "sha256": sha256(raw).hexdigest()}
                for name, raw in sorted(self.files.items())
                if not name.startswith("MANIFEST")
            ]
            self.files["MANIFEST.json"] = json.dumps(manifest | over, sort_keys=True).encode()
        if signed:
            named = sha256(self.files["MANIFEST.json"]).hexdigest()
            self.files["MANIFEST.note"] = self.signed(f"{self.origin}\nbinder/1\n{named}\n")
        return canonical_zip(self.files)


# Bytes, as a slip or a program would change them.


def bit_flips(f):
    spoiled = bytearray(f.raw)
    place = f.chance.randrange(len(spoiled) * 8)
    spoiled[place // 8] ^= 1 << place % 8
    return bytes(spoiled)


def bytes_change(f):
    place = f.chance.randrange(len(f.raw) - 4)
    return f.raw[:place] + bytes(255 - b for b in f.raw[place : place + 4]) + f.raw[place + 4 :]


def something_is_appended(f):
    return f.raw + f.chance.randbytes(f.chance.randrange(1, 9))


def something_stands_before(f):
    return f.chance.randbytes(f.chance.randrange(1, 9)) + f.raw


def truncated(f):
    return f.raw[: f.chance.randrange(len(f.raw))]


def a_comment_is_added(f):
    words = f.chance.randbytes(f.chance.randrange(1, 30))
    return f.raw[:-2] + len(words).to_bytes(2, "little") + words


def zip_of(files, **how):
    """Zip as other programs do."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in files:
            about = zipfile.ZipInfo(name, date_time=how.get("date", (1980, 1, 1, 0, 0, 0)))
            about.external_attr, about.extra = 0o100644 << 16, how.get("extra", b"")
            about.compress_type = how.get("method", zipfile.ZIP_STORED)
            with made.open(about, "w", force_zip64=how.get("zip64", False)) as inside:
                inside.write(content)
    return out.getvalue()


def in_order(f):
    return sorted(f.files.items())


def reordered(f):
    files = in_order(f)
    while files == in_order(f):
        f.chance.shuffle(files)
    return zip_of(files)


def a_name_stands_twice(f):
    files = in_order(f)
    name, _ = f.chance.choice(files)
    with pytest.warns(UserWarning, match="Duplicate"):
        return zip_of([*files, (name, f.chance.randbytes(20))])


def deflated(f):
    return zip_of(in_order(f), method=zipfile.ZIP_DEFLATED)


def an_extra_field_is_added(f):
    return zip_of(in_order(f), extra=b"UT\x05\x00\x01" + f.chance.randbytes(4))


def dated_otherwise(f):
    return zip_of(in_order(f), date=(2026, 10, f.chance.randrange(1, 29), 8, 0, 0))


def in_64_bits(f):
    return zip_of(in_order(f), zip64=True)


# Files, zipped again in the canonical form; the signed list stays as it was.


def a_file_is_changed(f, least=""):
    name = f.chance.choice(sorted(name for name in f.files if name > least))
    spoiled = bytearray(f.files[name])
    spoiled[f.chance.randrange(len(spoiled))] ^= 1 << f.chance.randrange(8)
    f.files[name] = bytes(spoiled)
    return canonical_zip(f.files)


def a_file_is_dropped(f):
    del f.files[f.chance.choice(sorted(f.files))]
    return canonical_zip(f.files)


def a_file_is_added(f):
    f.files[f.chance.choice(["notes.txt", "answers/q99.json", "payloads/x"])] = b"{}"
    return canonical_zip(f.files)


def the_list_is_made_again(f):
    a_file_is_changed(f, "MANIFEST.note")
    return f.zipped(signed=False)


def files_of_another_binder(f):
    for name in f.chance.sample(["MANIFEST.json", "MANIFEST.note", "facts.ndjson", "proofs.ndjson"],
                                f.chance.randrange(1, 4)):  # fmt: skip
        f.files[name] = f.others[name]
    return canonical_zip(f.files)


# Everything hashed again and signed with a key of one's own, under the ledger's name.


def signed_by_another(f):
    return f.zipped()


def a_file_changed_and_signed(f):
    a_file_is_changed(f, "MANIFEST.note")
    return f.zipped()


def a_fact_changed_and_signed(f):
    facts = f.facts()
    one = f.pick(facts)
    one[0]["bytes"] = f.rewritten(one[0]["bytes"])
    f.put_facts(facts)
    return f.zipped()


def a_fact_and_its_leaf_changed_and_signed(f):
    facts = f.facts()
    one = f.pick(facts)
    raw, salt = f.rewritten(one[0]["bytes"]), f.chance.randbytes(16)
    one[0] |= {"bytes": raw, "salt": salt.hex()}
    one[1]["leaf"] = leaf_hash(salt, raw.encode()).hex()
    f.put_facts(facts)
    return f.zipped()


def facts_dropped_and_signed(f):
    facts = f.facts()
    facts.remove(f.pick(facts))
    f.put_facts(facts)
    return f.zipped()


def facts_moved_and_signed(f):
    facts = f.facts()
    one, other = f.chance.sample(range(len(facts)), 2)
    facts[one], facts[other] = facts[other], facts[one]
    f.put_facts(facts)
    return f.zipped()


def facts_forgotten_and_signed(f):
    facts = f.facts()
    f.pick(facts)[0].update(bytes=None, salt=None)
    f.put_facts(facts)
    return f.zipped()


def a_scope_changed_and_signed(f):
    scope = json.loads(f.files["MANIFEST.json"])["scope"]
    key = f.chance.choice(["use_case", "site", "since", "until"])
    return f.zipped(scope=scope | {key: f"2026-10-{f.chance.randrange(3, 20):02}"})


def an_answer_changed_and_signed(f):
    name = f.chance.choice([n for n in f.files if n.startswith("answers/")])
    told = json.loads(f.files[name])
    told["because"] = str(f.chance.random())
    f.files[name] = json.dumps(told).encode()
    return f.zipped()


def a_ledger_of_ones_own(f):
    """Make a whole tree over changed facts, with a checkpoint, all of it consistent."""
    facts = f.facts()
    tree, places = Tree(), range(len(facts))
    one = f.pick(facts)
    one[0]["bytes"] = f.rewritten(one[0]["bytes"])
    for place, each in zip(places, facts, strict=True):
        each[0] |= {"index": place, "bytes": each[0]["bytes"] or '{"body":{}}', "salt": "00" * 16}
        tree.append(leaf_hash(bytes(16), each[0]["bytes"].encode()))
    for place, each in zip(places, facts, strict=True):
        path = [step.hex() for step in tree.inclusion(place)]
        each[1] = {"index": place, "leaf": tree.leaf(place).hex(), "path": path}
    f.put_facts(facts)
    root = tree.root()
    f.files["checkpoint.note"] = f.signed(f"{f.origin}\n{tree.size}\n{b64encode(root).decode()}\n")
    return f.zipped(ledger={"origin": f.origin, "size": tree.size, "root": root.hex()})


PLAIN = [
    bit_flips, bytes_change, something_is_appended, something_stands_before, truncated,
    a_comment_is_added, reordered, a_name_stands_twice, deflated, an_extra_field_is_added,
    dated_otherwise, in_64_bits, a_file_is_changed, a_file_is_dropped, a_file_is_added,
    the_list_is_made_again, files_of_another_binder,
]  # fmt: skip
SIGNED = [
    signed_by_another, a_file_changed_and_signed, a_fact_changed_and_signed,
    a_fact_and_its_leaf_changed_and_signed, facts_dropped_and_signed, facts_moved_and_signed,
    facts_forgotten_and_signed, a_scope_changed_and_signed, an_answer_changed_and_signed,
    a_ledger_of_ones_own,
]  # fmt: skip


def tampered(raw, another, n, seed):
    """Give so many spoiled binders, one way after the other; half are signed anew."""
    chance = Random(seed)
    for turn in range(n):
        way = chance.choice(SIGNED if turn % 2 else PLAIN)
        yield way.__name__, way(Forger(raw, another, chance))


def holds(raw, keys, check=signed_by):
    try:
        return not check_binder(raw, keys, check)["because"]
    except Exception:  # noqa: BLE001  (as the file's own door does)
        return False


def refuses_all(raw, another, keys, n, seed):
    began, tried, missed = time.monotonic(), Counter(), Counter()
    for way, spoiled in tampered(raw, another, n, seed):
        tried[way] += 1
        missed[way] += spoiled != raw and holds(spoiled, keys)
    print(f"{n} mutations in {time.monotonic() - began:.0f} s, {sum(missed.values())} held")
    assert not +missed, +missed
    assert len(tried) == len(PLAIN) + len(SIGNED)


def test_the_original_holds_and_so_does_what_is_zipped_again_unchanged(raw, another, keys):
    assert holds(raw, keys)
    assert holds(raw, keys, offline_binder.ed25519)
    assert holds(another, keys)
    forger = Forger(raw, another, Random(1))
    assert canonical_zip(forger.files) == raw
    assert signed_by_another(forger) != raw
    told = check_binder(raw, keys)
    assert (told["erased"], told["answers"]) == (1, 2)
    assert [f[0]["index"] for f in forger.facts() if f[0]["bytes"] is None] == [5]


def test_what_a_forger_makes_would_hold_under_the_forgers_key(raw, another):
    """The forgeries are good ones: only the key tells them from the binder."""
    for way in (signed_by_another, an_answer_changed_and_signed):
        forger = Forger(raw, another, Random(2))
        text = forger.files["checkpoint.note"].rpartition(b"\n\n")[0].decode() + "\n"
        forger.files["checkpoint.note"] = forger.signed(text)

        assert holds(way(forger), [read_key(forger.own.verifier_key)]), way


@pytest.mark.parametrize(
    "way",
    [
        a_fact_changed_and_signed, a_fact_and_its_leaf_changed_and_signed, facts_moved_and_signed,
        facts_forgotten_and_signed,
    ],
)  # fmt: skip
def test_the_ledgers_own_key_does_not_make_another_fact_hold(raw, another, store, keys, way):
    """Whoever has the key signs what they like, but facts are held against the signed root."""
    for turn in range(60):
        forger = Forger(raw, another, Random(turn))
        forger.own = Signer.load(layout.private_key(store))

        assert not holds(way(forger), keys), turn
    if way is facts_forgotten_and_signed:
        with pytest.raises(ValueError, match="no erasure here accounts for it"):
            check_binder(forger.zipped(), keys, signed_by)


def test_a_list_of_another_ledger_is_refused_whoever_signed_it(raw, another, store, keys):
    forger = Forger(raw, another, Random(6))
    forger.own = Signer.load(layout.private_key(store))
    there = json.loads(forger.files["MANIFEST.json"])["ledger"]

    assert holds(forger.zipped(), keys)
    assert not holds(forger.zipped(ledger=there | {"size": there["size"] + 1}), keys)
    assert not holds(forger.zipped(ledger=there | {"root": "00" * 32}), keys)


def test_a_fact_that_nothing_asked_for_is_refused_whoever_signed_it(raw, another, store, keys):
    forger = Forger(raw, another, Random(5))
    forger.own = Signer.load(layout.private_key(store))
    size = json.loads(forger.files["MANIFEST.json"])["scope"]["size"]
    with open_books(store) as books:  # under the same checkpoint, so that its proofs hold
        wide = wanted({"use_case": "watch"}, questions=(21,), as_of=str(size))
        theirs = Forger(build(books, store, wide, By("auditor")).raw, raw, Random(5)).facts()
    mine = forger.facts()
    there = {said["index"] for said, _ in mine}
    more = next(each for each in theirs if each[0]["index"] not in there)
    forger.put_facts(sorted([*mine, more], key=lambda each: each[0]["index"]))

    with pytest.raises(ValueError, match="nothing asked for it") as error:
        check_binder(forger.zipped(), keys, signed_by)
    assert error.value.args[1] == more[0]["index"]


@pytest.mark.timeout(300)
def test_every_mutation_is_refused(raw, another, keys):
    refuses_all(raw, another, keys, MUTATIONS, 6962)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_one_of_a_hundred_thousand_mutations_is_refused(raw, another, keys):
    refuses_all(raw, another, keys, 100_000, 9162)


def test_any_flipped_bit_is_refused(raw, another, keys):
    chance = Random(8)
    assert not any(holds(bit_flips(Forger(raw, another, chance)), keys) for _ in range(FLIPS))


@pytest.mark.timeout(300)
def test_the_shipped_file_alone_refuses_them_too(raw, another, store, tmp_path):
    """Run the binder's own copy of the file, with nothing of ours installed where it runs."""
    alone = tmp_path / "verify.py"
    alone.write_bytes(files_in(raw)["verify.py"])

    def ask(n, content):
        file = tmp_path / f"{n}.binder.zip"
        file.write_bytes(content)
        ran = subprocess.run(
            [sys.executable, "-I", "-S", alone, file, layout.public_key(store)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return ran.returncode, bool(json.loads(ran.stdout)["because"])

    assert ask("sound", raw) == (0, False)
    spoiled = [made for _, made in tampered(raw, another, ALONE, 3) if made != raw]
    with ThreadPoolExecutor(2) as beside:
        said = set(beside.map(ask, range(len(spoiled)), spoiled))
    assert said == {(5, True)}


def test_an_altered_byte_of_a_fact_names_the_fact(raw, another, keys):
    forger = Forger(raw, another, Random(4))
    facts = forger.facts()
    for said, _ in facts[:10]:
        if said["bytes"] is None:
            continue
        place = raw.index(json.dumps(said["bytes"]).encode()[1:-1]) + 40
        spoiled = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(ValueError, match="fact") as error:
            check_binder(spoiled, keys, signed_by)
        assert error.value.args[1] == said["index"]


def test_the_two_shipped_files_share_what_they_share_word_for_word():
    """A correction of one is a correction of both, though neither may import the other."""
    ours = [Path(m.__file__).read_text("utf-8") for m in (offline_binder, offline_verifier)]
    told = [{n.name: ast.unparse(n) for n in ast.parse(t).body if isinstance(n, ast.FunctionDef)}
            for t in ours]  # fmt: skip
    both = told[0].keys() & told[1].keys() - {"main", "check_ledger"}
    assert {"ed25519", "open_note", "read_key", "read_checkpoint", "root_from_inclusion"} <= both
    assert [name for name in both if told[0][name] != told[1][name]] == []


def test_the_shipped_file_needs_only_the_standard_library_and_is_short():
    source = Path(offline_binder.__file__).read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    named = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    named |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert {name.split(".")[0] for name in named} <= {*sys.stdlib_module_names}
    assert "attending" not in source
    for module in (offline_binder, offline_verifier):
        assert Path(module.__file__).read_text("utf-8").count("\n") < 300


def test_the_shipped_file_says_how_to_be_asked(raw, store, tmp_path):
    file, key = tmp_path / "a.binder.zip", layout.public_key(store)
    file.write_bytes(raw)
    for arguments in ([], [file], [file, tmp_path / "none"], [file, key, "--ledger"]):
        assert offline_binder.main([str(a) for a in arguments]) == 1
    assert offline_binder.main([str(file), str(key), "--ledger", str(tmp_path / "none")]) == 5
    assert offline_binder.main([str(file), str(key), "--ledger", str(store)]) == 0
