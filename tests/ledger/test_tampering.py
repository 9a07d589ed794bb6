"""Ten thousand ways to tamper with a ledger, each seen by the file an auditor runs.

Half of them recompute every hash they can, as whoever owns the database would; then
only the signed checkpoints, which stand elsewhere, can tell.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from attending.facts.fact import By
from attending.ledger import offline_verifier
from attending.ledger.export import as_json_lines, as_zip
from attending.ledger.merkle import leaf_hash
from attending.ledger.note import Signer, new_key
from attending.ledger.offline_verifier import (
    COLUMNS,
    NAMED,
    check_directory,
    check_export,
    read_key,
)
from attending.ledger.open_ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable

MUTATIONS = int(os.environ.get("ATTENDING_MUTATIONS", "10000"))
FACTS, SIGNED = 24, (7, 8, 16, 24)
ERASED, ERASURE = 3, 7

Row = list
NUMBER, KIND, KEY, USE_CASE, SITE, RELEASE, CONTENT, SALT, LEAF, RAW, ERASED_BY = range(11)


@dataclass
class Kept:
    """What a tamperer holds: every row, every checkpoint, and dice."""

    rows: list[Row]
    notes: dict[str, bytes]
    chance: Random
    first: int | None = None

    def pick(self) -> int:
        """Choose a row to spoil; it is the first that a verifier may name."""
        index = self.chance.randrange(len(self.rows))
        self.first = index if self.first is None else min(index, self.first)
        return index


def consistent(row: Row, raw: bytes, salt: bytes | None = None) -> Row:
    """Rewrite a row so that every hash and column in it agrees with its bytes."""
    fact = json.loads(raw)
    salt = salt or row[SALT]
    before, _, after = raw.rpartition(b',"supersedes":%d,' % fact.get("supersedes", -1))
    content = sha256(before + b"," + after if before else raw).digest()
    named = [fact.get(name) for name in NAMED]
    return [row[NUMBER], *named, content, salt, leaf_hash(salt, raw), raw, None]


def rewritten(kept: Kept, row: Row) -> bytes:
    """Give a row's fact with one thing in it said otherwise."""
    fact = json.loads(row[RAW] or b'{"body":{},"key":"a","kind":"said"}')
    change = kept.chance.randrange(4)
    if change == 0:
        fact["body"]["number"] = kept.chance.randrange(10**6, 10**7)
    elif change == 1:
        fact["site"] = "birch"
    elif change == 2:
        fact["at"] = f"2026-10-13T09:{kept.chance.randrange(60):02d}:00.001Z"
    else:
        fact["key"] += "x"
    return json.dumps(fact, sort_keys=True, separators=(",", ":")).encode()


def renumber(rows: list[Row]) -> None:
    for number, row in enumerate(rows):
        row[NUMBER] = number


# What anyone with the database can do, hashes left as they are.


def flips_a_bit(kept: Kept, column: int) -> None:
    row = kept.rows[kept.pick()]
    value = bytearray(row[column] or b"\0")
    place = kept.chance.randrange(len(value) * 8)
    value[place // 8] ^= 1 << place % 8
    row[column] = bytes(value)


def bytes_flip(kept: Kept) -> None:
    flips_a_bit(kept, RAW)


def salt_flips(kept: Kept) -> None:
    flips_a_bit(kept, SALT)


def leaf_flips(kept: Kept) -> None:
    flips_a_bit(kept, LEAF)


def content_flips(kept: Kept) -> None:
    flips_a_bit(kept, CONTENT)


def bytes_change(kept: Kept) -> None:
    row = kept.rows[kept.pick()]
    row[RAW] = rewritten(kept, row)


def column_changes(kept: Kept) -> None:
    row = kept.rows[kept.pick()]
    column = kept.chance.choice([KIND, KEY, USE_CASE, SITE, RELEASE])
    row[column] = "changed" if row[RAW] is not None else row[column]
    if row[RAW] is None:
        row[SALT] = b"s"


def index_changes(kept: Kept) -> None:
    kept.rows[kept.pick()][NUMBER] += kept.chance.choice([100, 1000, -200])
    kept.first = 0 if min(row[NUMBER] for row in kept.rows) < 0 else kept.first


def row_is_dropped(kept: Kept) -> None:
    del kept.rows[kept.pick()]


def payload_is_dropped(kept: Kept) -> None:
    row = kept.rows[kept.pick()]
    row[RAW] = row[SALT] = row[CONTENT] = None
    row[ERASED_BY] = kept.chance.choice([None, 1, 23, 99])


def row_is_doubled(kept: Kept) -> None:
    index = kept.pick()
    copy = list(kept.rows[index])
    kept.rows.insert(index, copy)
    kept.rows[index + 1][CONTENT] = sha256(b"other").digest()
    kept.first = index + 1
    renumber(kept.rows)


# What whoever owns the database can do: every hash and column recomputed.


def fact_is_rewritten(kept: Kept) -> None:
    index = kept.pick()
    kept.rows[index] = consistent(kept.rows[index], rewritten(kept, kept.rows[index]), b"s" * 16)


def fact_is_salted_anew(kept: Kept) -> None:
    index = kept.pick()
    row = kept.rows[index]
    raw = row[RAW] or rewritten(kept, row)
    kept.rows[index] = consistent(row, raw, kept.chance.randbytes(16))


def fact_is_dropped(kept: Kept) -> None:
    del kept.rows[kept.pick()]
    renumber(kept.rows)


def fact_is_inserted(kept: Kept) -> None:
    index = kept.pick()
    model = next(row for row in kept.rows if row[RAW] is not None)
    kept.rows.insert(index, consistent(model, rewritten(kept, model), b"i" * 16))
    renumber(kept.rows)


def facts_are_swapped(kept: Kept) -> None:
    one, other = kept.chance.sample(range(len(kept.rows)), 2)
    kept.first = min(one, other)
    kept.rows[one], kept.rows[other] = kept.rows[other], kept.rows[one]
    renumber(kept.rows)


def facts_are_truncated(kept: Kept) -> None:
    kept.first = kept.chance.randrange(SIGNED[-1])
    del kept.rows[kept.first :]


def history_is_rewritten(kept: Kept) -> None:
    index = kept.pick()
    for place in range(index, len(kept.rows)):
        row = kept.rows[place]
        kept.rows[place] = consistent(row, rewritten(kept, row), b"h" * 16)


def fact_is_erased_by_a_false_word(kept: Kept) -> None:
    index = kept.chance.randrange(12)
    kept.first = 20  # the leaf of the erased fact still holds; it is the false word that does not
    row = kept.rows[index]
    row[RAW] = row[SALT] = row[CONTENT] = None
    row[ERASED_BY] = 20
    fact = json.loads(kept.rows[20][RAW])
    fact["body"] = {"type": "erasure/1", "indexes": [index], "because": "false"}
    raw = json.dumps(fact, sort_keys=True, separators=(",", ":")).encode()
    kept.rows[20] = consistent(kept.rows[20], raw)


# What someone who reaches the second place, but has no key, can do.


def checkpoint_flips(kept: Kept) -> None:
    name = kept.chance.choice(sorted(kept.notes))
    note = bytearray(kept.notes[name])
    place = kept.chance.randrange(len(note) * 8)
    note[place // 8] ^= 1 << place % 8
    kept.notes[name] = bytes(note)


def checkpoint_is_anothers(kept: Kept) -> None:
    one, other = kept.chance.sample(sorted(kept.notes), 2)
    kept.notes[one] = kept.notes[other]


def checkpoint_is_forged(kept: Kept) -> None:
    """Truncate, and sign what is left with a key of one's own, under the same name."""
    name = f"{SIGNED[-1]:020d}.note"
    text = kept.notes[name].rpartition(b"\n\n")[0].decode() + "\n"
    forger = Signer(text.split("\n")[0], new_key())
    kept.notes[name] = f"{text}\n{forger.sign(text)}".encode()
    facts_are_truncated(kept)
    kept.first = None


def every_checkpoint_is_lost(kept: Kept) -> None:
    kept.notes.clear()


PLAIN: list[Callable[[Kept], None]] = [
    bytes_flip,
    salt_flips,
    leaf_flips,
    content_flips,
    bytes_change,
    column_changes,
    index_changes,
    row_is_dropped,
    payload_is_dropped,
    row_is_doubled,
    checkpoint_flips,
    checkpoint_is_anothers,
    every_checkpoint_is_lost,
]
RECOMPUTED: list[Callable[[Kept], None]] = [
    fact_is_rewritten,
    fact_is_salted_anew,
    fact_is_dropped,
    fact_is_inserted,
    facts_are_swapped,
    facts_are_truncated,
    history_is_rewritten,
    fact_is_erased_by_a_false_word,
    checkpoint_is_forged,
]


@pytest.fixture(scope="module")
def original(tmp_path_factory, make_fact) -> Path:
    """Make a small ledger with a correction, an erasure and four checkpoints."""
    folder = tmp_path_factory.mktemp("original")
    reader, pen = open_ledger(folder, checkpoint_every=float("inf"))
    kinds = ["served", "observed", "said", "measured"]
    pen.append([make_fact(n, kind=kinds[n % 4]) for n in range(6)])
    pen.append([make_fact(2, kind="said", corrected=True)])
    pen.checkpoint()
    pen.erase([3], by=By("officer", role="privacy officer"), at="", because="asked")
    pen.append([make_fact(n, kind=kinds[n % 4]) for n in range(10, 18)])
    pen.checkpoint()
    pen.append([make_fact(n) for n in range(20, 28)])
    pen.checkpoint()
    assert pen.size == FACTS
    pen.append([make_fact(99)])
    reader.close()
    pen._drop()
    with sqlite3.connect(folder / "ledger.db") as database:
        database.execute("PRAGMA journal_mode = DELETE")
    return folder


@pytest.fixture(scope="module")
def keys(original: Path) -> list[offline_verifier.Key]:
    return [read_key((original / "keys" / "ledger.pub").read_text())]


def _rows(folder: Path) -> list[Row]:
    with sqlite3.connect(folder / "ledger.db") as database:
        return [list(row) for row in database.execute(f"SELECT {COLUMNS} FROM fact ORDER BY idx")]


class Copy:
    """A second ledger folder that takes on whatever a tamperer kept."""

    def __init__(self, original: Path, folder: Path) -> None:
        shutil.copytree(original, folder)
        self.folder = folder
        self.database = sqlite3.connect(folder / "ledger.db", isolation_level=None)
        self.database.execute("PRAGMA synchronous = OFF")
        self.database.execute("PRAGMA journal_mode = MEMORY")
        self.rows = _rows(original)
        self.notes: dict[str, bytes] = {}

    def take(self, kept: Kept) -> None:
        """Write the rows and the checkpoints that differ from those there."""
        self.database.execute("BEGIN")
        self.database.execute("DELETE FROM fact")
        marks = ", ".join("?" * 11)
        self.database.executemany(f"INSERT INTO fact ({COLUMNS}) VALUES ({marks})", kept.rows)
        self.database.execute("COMMIT")
        place = self.folder / "checkpoints"
        for name in self.notes.keys() - kept.notes.keys():
            (place / name).unlink()
        for name, note in kept.notes.items():
            if self.notes.get(name) != note:
                (place / name).write_bytes(note)
        self.notes = dict(kept.notes)


def _kept(original: Path, chance: Random) -> Kept:
    notes = {path.name: path.read_bytes() for path in (original / "checkpoints").iterdir()}
    return Kept(_rows(original), notes, chance)


def test_the_original_verifies(original, keys) -> None:
    found = check_directory(original, keys)

    assert (found.because, found.first_bad) == ("", None)
    assert (found.size, found.checkpoints, found.beyond, found.erased) == (25, 5, 1, 1)


@pytest.mark.timeout(300)
def test_every_mutation_is_detected(original, keys, tmp_path) -> None:
    chance = Random(6962)
    start = _kept(original, chance)
    copy = Copy(original, tmp_path / "copy")
    missed: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for turn in range(MUTATIONS):
        way = chance.choice(RECOMPUTED if turn % 2 else PLAIN)
        kept = Kept([list(row) for row in start.rows[:FACTS]], dict(start.notes), chance)
        way(kept)
        copy.take(kept)

        found = check_directory(copy.folder, keys)
        tried[way.__name__] += 1
        missed[way.__name__] += not found.because
        if kept.first is None or not found.because:
            continue
        # Named exactly where a hash or a number tells; else from the last good checkpoint on.
        vouched = max((size for size in SIGNED if size <= kept.first), default=0)
        exact = way in PLAIN
        if kept.first == ERASURE:  # without it, what it erased is the first that has no reason
            vouched, exact = min(ERASED, vouched), False
        if way is leaf_flips and kept.first == ERASED:  # no bytes are left to hold it against
            exact = False
        if way is row_is_dropped and kept.first == FACTS - 1:  # the last: a truncation
            exact = False
        assert found.first_bad is not None, (way.__name__, found)
        assert vouched <= found.first_bad <= kept.first, (way.__name__, found)
        assert not exact or found.first_bad == kept.first, (way.__name__, kept.first, found)

    print(f"{MUTATIONS} mutations, {sum(missed.values())} missed", dict(tried))
    assert not sum(missed.values()), missed
    assert len(tried) == len(PLAIN) + len(RECOMPUTED)


def test_a_mutation_beyond_the_last_checkpoint_is_seen_when_a_hash_tells(original, keys) -> None:
    """Facts not signed yet are counted as such, and their own hashes still bind them."""
    chance = Random(1)
    kept = _kept(original, chance)
    found = offline_verifier.check_rows(kept.rows, {24: bytes(32)})
    assert found.because
    kept.rows[24][RAW] = rewritten(kept, kept.rows[24])
    found = offline_verifier.check_ledger(kept.rows, original / "checkpoints", keys)
    assert found.first_bad == 24


@pytest.mark.parametrize("way", [None, bytes_change, fact_is_rewritten, facts_are_truncated])
def test_the_shipped_file_alone_gives_the_same_answer(original, tmp_path, way) -> None:
    """Run a lone copy of the file, with nothing of ours installed where it runs."""
    chance = Random(3)
    kept = _kept(original, chance)
    kept.rows = kept.rows[:FACTS]
    if way:
        way(kept)
    copy = Copy(original, tmp_path / "copy")
    copy.take(kept)
    alone = shutil.copy(offline_verifier.__file__, tmp_path / "check.py")
    public = original / "keys" / "ledger.pub"

    ran = subprocess.run(
        [sys.executable, "-I", "-S", alone, copy.folder, public],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    found = json.loads(ran.stdout)
    assert ran.returncode == (5 if way else 0), ran.stderr
    assert bool(found["because"]) == bool(way)
    assert (found["first_bad"] is None) == (way is None)


def test_the_shipped_file_says_how_to_be_asked(original, tmp_path) -> None:
    alone = [sys.executable, "-I", "-S", offline_verifier.__file__]
    for arguments in (
        [],
        [original],
        [original, tmp_path / "none.pub"],
        [tmp_path / "none", original / "keys" / "ledger.pub"],
        [original, original / "checkpoints" / f"{7:020d}.note"],
    ):
        ran = subprocess.run([*alone, *arguments], capture_output=True, text=True, check=False)
        assert ran.returncode == 1
        assert "PUBLIC_KEY_FILE" in ran.stderr
    (tmp_path / "empty").mkdir()
    ran = subprocess.run(
        [*alone, tmp_path / "empty", original / "keys" / "ledger.pub"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 5


def test_the_shipped_file_needs_only_the_standard_library_and_python_3_9() -> None:
    source = Path(offline_verifier.__file__).read_text()
    assert "attending" not in source
    ast.parse(source, feature_version=(3, 9))


def test_any_flipped_bit_of_a_zip_is_detected(original, tmp_path, capsys) -> None:
    reader, pen = open_ledger(original)
    head = pen.checkpoint()
    raw, lines = (export(reader, head, [0, 3, 11, 24]) for export in (as_zip, as_json_lines))
    reader.close()
    pen._drop()
    file, public = tmp_path / "export", str(original / "keys" / "ledger.pub")

    def answer(content: bytes) -> int:
        file.write_bytes(content)
        return offline_verifier.main([str(file), public])

    assert (answer(raw), answer(lines)) == (0, 0)
    chance = Random(8)
    said = []
    for _ in range(3000):
        spoiled = bytearray(raw)
        place = chance.randrange(len(raw) * 8)
        spoiled[place // 8] ^= 1 << place % 8
        said.append(answer(bytes(spoiled)))
    assert set(said) == {5}
    capsys.readouterr()


def test_an_export_with_a_fact_moved_or_repeated_is_refused(original, keys) -> None:
    reader, pen = open_ledger(original)
    lines = as_json_lines(reader, pen.checkpoint(), [0, 3, 11]).splitlines()
    reader.close()
    pen._drop()
    zero, three, eleven = lines[1:]
    renamed = zero.replace(b'"index": 0', b'"index": 1')
    for order in ([three, zero, eleven], [zero, zero], [renamed]):
        assert check_export(b"\n".join([lines[0], *order]), keys).because
