"""Check a ledger, or facts exported from one, without trusting whoever kept it.

One file, standard library only, Python 3.9 or later. Copy it to a machine of your own, and get
the public key from somebody other than whoever gave you the records:

    python offline_verifier.py LEDGER_FOLDER|FACTS.jsonl|FACTS.zip PUBLIC_KEY_FILE...

Exit 0: everything holds. 5: it does not, and the first fact in doubt is named. 1: not understood.
"""

from __future__ import annotations

import io
import json
import sqlite3
import sys
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import lru_cache, reduce
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any, NamedTuple

KEY, ROOT, SIGNATURE = 32, 32, 64  # bytes of an Ed25519 key, a SHA-256, a signature
MAX_SIGNATURES = 64  # C2SP signed-note: accept at least 16, and set some limit
NAMED = ("kind", "key", "use_case", "site", "release")
COLUMNS = "idx, kind, key, use_case, site, release, content, salt, leaf, bytes, erased_by"


class Verification(NamedTuple):
    """What was checked; `because` is empty when all of it holds."""

    size: int
    root: str
    checkpoints: int
    beyond: int
    erased: int
    first_bad: int | None
    because: str


Key = tuple[str, bytes, bytes]  # name, key id, public key
Head = tuple[str, int, bytes]  # origin, size, root: what a checkpoint says
Check = Callable[[bytes, bytes, bytes], bool]  # public key, text, signature
Point = tuple[int, int, int, int]  # extended coordinates (X, Y, Z, T) on -x² + y² = 1 + d x² y²
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
BASE = b"\x58" + b"\x66" * 31


def _sum(a: Point, b: Point) -> Point:
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    t, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, z - t, z + t, n + m
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _point(raw: bytes) -> Point | None:
    sign, y = divmod(int.from_bytes(raw, "little"), 1 << 255)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


@lru_cache(maxsize=4096)
def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature is good (RFC 8032 §5.1.7, without cofactor)."""
    s = int.from_bytes(signature[32:], "little")
    if len(public) != KEY or len(signature) != SIGNATURE or s >= L:
        return False
    base, a, r = _point(BASE), _point(public), _point(signature[:32])
    if not base or not a or not r:
        return False
    k = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % L
    minus = (P - a[0], a[1], 1, P - a[3])
    steps = ((0, 1, 1, 0), base, minus, _sum(base, minus))
    q = steps[0]
    for bit in range(252, -1, -1):
        q = _sum(_sum(q, q), steps[(s >> bit & 1) + 2 * (k >> bit & 1)])
    return (q[0] - r[0] * q[2]) % P == 0 and (q[1] - r[1] * q[2]) % P == 0


def _decoded(coded: str) -> bytes:
    raw = b64decode(coded, validate=True)
    if b64encode(raw).decode() != coded:
        raise ValueError("its base64 is not the one spelling of what it says")
    return raw


def read_key(text: str) -> Key:
    """Read a C2SP verifier key: ``name+id+base64(0x01 || public key)``."""
    name, number, coded, *_ = [*text.strip().split("+", 2), "", ""]
    raw = _decoded(coded)
    expected = sha256(name.encode() + b"\n" + raw).digest()[:4]
    if len(raw) != 1 + KEY or raw[:1] != b"\x01" or number != expected.hex():
        raise ValueError(f"not an Ed25519 verifier key: {text.strip()[:80]}")
    return (name, expected, raw[1:])


def open_note(raw: bytes, keys: Sequence[Key], check: Check = ed25519) -> tuple[bytes, set[str]]:
    """Give a signed note's text and who signed it (C2SP signed-note); other keys are ignored."""
    text, gap, tail = raw.rpartition(b"\n\n")
    lines, signed = tail.decode().split("\n"), set()
    control = min(raw.replace(b"\n", b" "), default=0) < ord(" ")
    if control or not gap or lines.pop() or not 0 < len(lines) <= MAX_SIGNATURES:
        raise ValueError("it is not a signed note")
    for line in lines:
        dash, name, coded, *more = [*line.split(" "), "", ""]
        blob = _decoded(coded)
        if dash != "\u2014" or not name or any(more):
            raise ValueError("a signature line is malformed")
        for _, _, public in [key for key in keys if key[:2] == (name, blob[:4])]:
            if not check(public, text + b"\n", blob[4:]):
                raise ValueError(f"its text is not what {name} signed")
            signed.add(name)
    if not signed:
        raise ValueError("no key that was given has signed it")
    return text + b"\n", signed


def read_checkpoint(raw: bytes, keys: Sequence[Key], check: Check = ed25519) -> Head:
    """Read a checkpoint that its own log signed (C2SP tlog-checkpoint)."""
    text, signed = open_note(raw, keys, check)
    origin, size, root, *more = [*text.decode().split("\n"), "", ""]
    head = (origin, int(size) if size.isdigit() else 0, _decoded(root))
    if origin not in signed or "" in more[:-3] or (str(head[1]), len(head[2])) != (size, ROOT):
        raise ValueError("it is not a checkpoint signed by the log it names")
    return head


def hash_children(left: bytes, right: bytes) -> bytes:
    """Hash a node: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def head_of(peaks: Sequence[bytes]) -> bytes:
    """Give the root over a tree's perfect subtrees, the largest first."""
    return reduce(lambda r, p: hash_children(p, r), reversed(peaks)) if peaks else sha256().digest()


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Give the root that an audit path leads to, by the recursion of RFC 6962 §2.1.1."""
    if not 0 <= index < size or bool(path) != (size > 1):
        raise ValueError("its audit path does not fit the size of the tree")
    if size == 1:
        return leaf
    left = 1 << ((size - 1).bit_length() - 1)
    if index < left:
        return hash_children(root_from_inclusion(leaf, index, left, path[:-1]), path[-1])
    return hash_children(path[-1], root_from_inclusion(leaf, index - left, size - left, path[:-1]))


def fault_of(place: int, row: Sequence[Any]) -> str:  # noqa: PLR0911  (one answer a line)
    """Say what is wrong with the row that should stand at a place, or nothing."""
    number, *named, content, salt, leaf, raw, erased_by = row
    if number != place or not isinstance(leaf, bytes):
        return f"the row that stands here says it is fact {number}"
    if raw is salt is content is None and erased_by is not None:
        return ""
    if not isinstance(raw, bytes) or not isinstance(salt, bytes) or erased_by is not None:
        return "its bytes or its salt are gone and no erasure accounts for it"
    if sha256(b"\x00" + salt + raw).digest() != leaf:
        return "its bytes and salt do not give its leaf hash"
    try:
        fact = json.loads(raw)
        before, _, after = raw.rpartition(b',"supersedes":%d,' % fact.get("supersedes", -1))
        if named != [fact.get(name) for name in NAMED]:
            return "its columns do not say what its bytes say"
    except (ValueError, TypeError, AttributeError, RecursionError):
        return "its bytes are not a fact"
    delivered = before + b"," + after if before else raw
    return "" if content == sha256(delivered).digest() else "its content digest is wrong"


def erasures_in(raw: bytes, index: int) -> set[tuple[int, int]]:
    """Give (erased, erased by) for each fact that an erasure names."""
    body = json.loads(raw).get("body") if b'"type":"erasure/1"' in raw else None
    named = isinstance(body, dict) and body.get("type") == "erasure/1" and body.get("indexes")
    return {(i, index) for i in named if isinstance(i, int)} if isinstance(named, list) else set()


def check_rows(rows: Iterable[Sequence[Any]], signed: dict[int, bytes]) -> Verification:
    """Recompute every leaf, and the root at every signed size; name the first fact that fails."""
    faults = [] if signed else [(0, "no checkpoint vouches for any fact")]
    last, size, vouched = max(signed, default=0), 0, 0
    peaks: list[bytes] = []
    erased: list[tuple[int, int]] = []
    erasures: set[tuple[int, int]] = set()
    for row in rows:
        fault = "" if faults else fault_of(size, row)
        faults += [(size, f"fact {size}: {fault}")] if fault else []
        if not faults:
            erased += [(size, row[10])] if row[9] is None else []
            erasures |= erasures_in(row[9] or b"", size) if size < last else set()
            carried, whole = row[8], size
            while whole & 1:
                carried, whole = hash_children(peaks.pop(), carried), whole >> 1
            peaks.append(carried)
        size += 1
        if not faults and size in signed:
            if head_of(peaks) != signed[size]:
                faults.append((vouched, f"facts {vouched}… are not what was signed at {size}"))
            vouched = size
    faults += [(vouched, f"{last} facts were signed, {size} are here")] if last > size else []
    faults += [(e[0], f"fact {e[0]}: erased, unaccounted") for e in erased if e not in erasures]
    counts = (len(signed), max(size - last, 0), len(erased))
    return Verification(size, head_of(peaks).hex(), *counts, *(faults[0] if faults else (None, "")))


def check_ledger(
    rows: Iterable[Sequence[Any]], folder: Path, keys: Sequence[Key], check: Check = ed25519
) -> Verification:
    """Check rows against every checkpoint in a folder; a spoiled checkpoint is a fault too."""
    signed, because = {}, ""
    for file in sorted(folder.glob("*.note")):
        try:
            _, size, root = read_checkpoint(file.read_bytes(), keys, check)
            if file.name != f"{size:020d}.note":
                raise ValueError("it is the checkpoint of another size")
            signed[size] = root
        except ValueError as fault:
            because = because or f"checkpoint {file.name}: {fault}"
    found = check_rows(rows, signed)
    uncovered = found.size - found.beyond if because and found.beyond else None
    return found if found.because else found._replace(first_bad=uncovered, because=because)


def check_directory(folder: Path, keys: Sequence[Key], check: Check = ed25519) -> Verification:
    """Check an embedded ledger: ledger.db and checkpoints/ in one folder."""
    path = (folder / "ledger.db").resolve()
    still = "" if Path(f"{path}-wal").exists() else "&immutable=1"  # a copy on a read-only disk
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro{still}", uri=True)) as database:
            rows = database.execute(f"SELECT {COLUMNS} FROM fact ORDER BY idx")  # noqa: S608
            found = check_ledger(rows, folder / "checkpoints", keys, check)
            ((sound, *_), *_) = database.execute("PRAGMA integrity_check(1)")
    except sqlite3.Error as error:
        raise ValueError(f"the database cannot be read: {error}") from None
    damaged = "" if sound == "ok" else f"the database file is damaged: {sound}"
    return found if found.because else found._replace(because=damaged)


def check_export(raw: bytes, keys: Sequence[Key], check: Check = ed25519) -> Verification:
    """Check exported facts: each one's leaf, and its audit path to a signed root."""
    if raw[:2] == b"PK":
        again = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(raw)) as given, zipfile.ZipFile(again, "w") as canonical:
            files = {i.filename: given.read(i) for i in given.infolist() if not i.compress_type}
            for name in sorted(files):
                canonical.writestr(zipfile.ZipInfo(name), files[name])
        if again.getvalue() != raw:  # a hash of each file alone lets flipped bits between them by
            raise ValueError("the zip is not in its one canonical form")
        note, lines = files["checkpoint.note"], files["facts.ndjson"].splitlines()
    else:
        first, *lines = raw.splitlines()
        note = json.loads(first)["checkpoint"].encode()
    (_, size, root), n, erased, before = read_checkpoint(note, keys, check), 0, 0, -1
    for n, line in enumerate(lines, 1):
        fact = json.loads(line)
        index, content, leaf = fact["index"], fact["bytes"], bytes.fromhex(fact["leaf"])
        salted = b"\x00" + bytes.fromhex(fact["salt"] or "") + (content or "").encode()
        fault = "" if index > before else "it is out of order"
        if content is not None and sha256(salted).digest() != leaf:
            fault = "its bytes and salt do not give its leaf hash"
        if root_from_inclusion(leaf, index, size, [*map(bytes.fromhex, fact["path"])]) != root:
            fault = "its audit path does not lead to the signed root"
        if fault:
            return Verification(n, root.hex(), 1, 0, erased, index, f"fact {index}: {fault}")
        erased, before = erased + (content is None), index
    return Verification(n, root.hex(), 1, 0, erased, None, "")


def main(arguments: Sequence[str]) -> int:
    """Answer on the command line: JSON on standard output, and the exit code."""
    try:
        path, first, *more = [Path(argument) for argument in arguments]
        keys = [read_key(file.read_text("utf-8")) for file in (first, *more)]
        raw = b"" if path.is_dir() else path.read_bytes()
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n\n{__doc__}")
        return 1
    try:
        found = check_export(raw, keys) if raw else check_directory(path, keys)
    except Exception as error:  # noqa: BLE001  (a record that breaks a parser proves nothing)
        found = Verification(0, "", 0, 0, 0, None, f"the records cannot be read: {error}")
    sys.stdout.write(json.dumps(found._asdict(), sort_keys=True) + "\n")
    return 5 if found.because else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
