"""Check an evidence binder without trusting whoever built it, and without their software.

One file, standard library only, Python 3.9 or later. Use a copy of your own, and get the public
key from somebody other than whoever gave you the binder: copies that came with it prove nothing.

    python verify.py BINDER.zip PUBLIC_KEY_FILE... [--ledger LEDGER_FOLDER]

It shows that nothing was altered or added since the ledger's key signed the binder, and that each
fact stands in the signed ledger. That none was left out needs the ledger itself: with --ledger its
leaves are hashed to the signed root, and what the binder asks for is chosen again. What answers
conclude is the platform's word; only the facts that they cite are proved here.

Exit 0: everything holds. 5: something does not. 1: the question was not understood. Sources:
RFC 6962 §2.1 (the tree), C2SP signed-note and tlog-checkpoint, RFC 8032 §5.1 (Ed25519).
"""

from __future__ import annotations

import json
import sqlite3
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import lru_cache, reduce
from hashlib import sha256, sha512
from itertools import zip_longest
from pathlib import Path
from struct import pack, unpack_from
from typing import Any
from zlib import crc32

KEY, ROOT, SIGNATURE = 32, 32, 64  # bytes of an Ed25519 key, a SHA-256, a signature
MAX_SIGNATURES = 64  # C2SP signed-note: accept at least 16, and set some limit
ROWS = "SELECT idx, use_case, site, bytes, erased_by, salt, leaf FROM fact ORDER BY idx LIMIT "

Key = tuple[str, bytes, bytes]  # name, key id, public key
Head = tuple[str, int, bytes]  # origin, size, root: what a checkpoint says
Check = Callable[[bytes, bytes, bytes], bool]  # public key, text, signature
Point = tuple[int, int, int, int]  # extended coordinates (X, Y, Z, T) on -x² + y² = 1 + d x² y²
Rows = Iterable[Sequence[Any]]  # index, use case, site, bytes (None once erased), erased by
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


def canonical_zip(files: Mapping[str, bytes]) -> bytes:
    """Give the one zip there is of some files: stored, by name, of 1980, and nothing else."""
    bodies, index, place = [], [], 0
    for name, raw in sorted(files.items()):
        about = pack("<5H3I2H", 20, 0, 0, 0, 33, crc32(raw), len(raw), len(raw), len(name), 0)
        bodies.append(b"PK\x03\x04" + about + name.encode("ascii") + raw)
        rights = pack("<3H2I", 0, 0, 0, 0o100644 << 16, place)
        index.append(b"PK\x01\x02\x14\x03" + about + rights + name.encode("ascii"))
        place += len(bodies[-1])
    sizes = (len(index), len(index), len(b"".join(index)), place)
    return b"".join([*bodies, *index, b"PK\x05\x06", pack("<4H2IH", 0, 0, *sizes, 0)])


def files_in(raw: bytes) -> dict[str, bytes]:
    """Read the files of a zip of ours, one after the other; its index is not believed."""
    files, place = {}, 0
    while raw[place : place + 4] == b"PK\x03\x04":
        size, named = unpack_from("<IH", raw, place + 22)
        start = place + 30 + named
        files[raw[place + 30 : start].decode("ascii")] = raw[start : start + size]
        place = start + size
    return files


def chosen(rows: Rows, scope: Mapping[str, Any], cited: set[int]) -> set[int]:
    """Give the facts that belong in a binder: cited, asked for, or the erasure of one of them."""
    wanted, answers, by, patient = set(cited), set(), {}, scope["patient"]
    for index, use_case, site, raw, erased_by in rows:
        there = {"use_case": use_case, "site": site, "at": scope["since"] or scope["until"]}
        fact = there if raw is None else json.loads(raw)
        day, body = str(fact.get("at"))[:10], fact.get("body", {})
        answers.update([body.get("prediction")] if body.get("patient") == patient else [])
        asked_for = (
            scope["select"] == "scope",
            scope["use_case"] in ("", fact.get("use_case")),
            not scope["site"] or fact.get("site") in (None, scope["site"]),
            (scope["since"] or day) <= day <= (scope["until"] or day),
            not patient or body.get("prediction", "") in answers,
        )
        wanted.update([index] if all(asked_for) else [])
        by.update({index: erased_by} if raw is None else {})
    return wanted | {by[index] for index in wanted & by.keys()}


def check_facts(files: Mapping[str, bytes], head: Head) -> list[list[Any]]:
    """Check each fact's leaf and its audit path; give (index, bytes, erased by) of each."""
    found: list[list[Any]] = []
    erased: dict[int, int] = {}
    for lines in zip_longest(*[files[n].splitlines() for n in ("facts.ndjson", "proofs.ndjson")]):
        fact, proof = map(json.loads, lines)
        index, raw = fact["index"], None if fact["bytes"] is None else fact["bytes"].encode()
        leaf, path, fault = bytes.fromhex(proof["leaf"]), map(bytes.fromhex, proof["path"]), ""
        if proof["index"] != index or (found and index <= found[-1][0]):
            fault = "it is out of order"
        elif raw is not None and sha256(b"\0" + bytes.fromhex(fact["salt"]) + raw).digest() != leaf:
            fault = "its bytes and salt do not give its leaf hash"
        elif root_from_inclusion(leaf, index, head[1], [*path]) != head[2]:
            fault = "its audit path does not lead to the signed root"
        if fault:
            raise ValueError(f"fact {index}: {fault}", index)
        found.append([index, raw, None])
        body = {} if raw is None else json.loads(raw).get("body", {})
        erased |= dict.fromkeys(body["indexes"] if body.get("type") == "erasure/1" else (), index)
    for one in [one for one in found if one[1] is None]:
        one[2] = erased.get(one[0])
        if one[2] is None:
            raise ValueError(f"fact {one[0]}: erased, and no erasure here accounts for it", one[0])
    return found


def check_ledger(folder: Path, head: Head, size: int, found: Mapping[int, Any]) -> Rows:
    """Hash a ledger's leaves to the signed root; give the rows that a binder was to choose from."""
    peaks: list[bytes] = []
    path = (folder / "ledger.db").resolve()
    still = "" if Path(f"{path}-wal").exists() else "&immutable=1"  # a copy on a read-only disk
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro{still}", uri=True)) as database:
        rows = [[*row] for row in database.execute(f"{ROWS}{head[1]}")]
    for place, (index, _, _, raw, _, salt, leaf) in enumerate(rows):
        if index != place or (raw and sha256(b"\0" + salt + raw).digest() != leaf):
            raise ValueError(f"the ledger's own fact {place} is not what was written", place)
        carried, whole = leaf, place
        while whole & 1:
            carried, whole = hash_children(peaks.pop(), carried), whole >> 1
        peaks.append(carried)
    if reduce(lambda right, left: hash_children(left, right), reversed(peaks)) != head[2]:
        raise ValueError("this ledger is not the one that the binder was signed from")
    for row in rows:  # what was erased since the binder was built is in the binder, or nowhere
        row[3] = found.get(row[0], row[3])
    return [row[:5] for row in rows[:size] if row[3] or row[4] < size or row[0] in found]


def check_binder(
    raw: bytes, keys: Sequence[Key], check: Check = ed25519, ledger: Path | None = None
) -> dict[str, Any]:
    """Check a binder: each fact, each file, the signatures, the one form that a zip may have."""
    files = files_in(raw)
    head = origin, size, root = read_checkpoint(files["checkpoint.note"], keys, check)
    found = check_facts(files, head)  # before the manifest, so that an altered fact is named
    text, signed = open_note(files["MANIFEST.note"], keys, check)
    manifest, named = json.loads(files["MANIFEST.json"]), sha256(files["MANIFEST.json"]).hexdigest()
    if origin not in signed or text.decode() != f"{origin}\nbinder/1\n{named}\n":
        raise ValueError("MANIFEST.json is not what the ledger's key signed")
    if manifest["ledger"] != {"origin": origin, "size": size, "root": root.hex()}:
        raise ValueError("the manifest and the checkpoint are of two ledgers")
    listed = {each["path"]: (each["size"], each["sha256"]) for each in manifest["files"]}
    for name in sorted(listed.keys() | files.keys() - {"MANIFEST.json", "MANIFEST.note"}):
        digest, kept = sha256(files[name]).hexdigest(), name.partition("payloads/")[2]
        if listed.get(name) != (len(files[name]), digest) or kept not in ("", digest):
            raise ValueError(f"{name} is not what was signed")
    told = [json.loads(files[name]) for name in files if name.startswith("answers/")]
    cited, scope = {index for answer in told for index in answer["cites"]}, manifest["scope"]
    there, about = {one[0]: one[1] for one in found}, (scope["use_case"], scope["site"])
    rows: Rows = [(i, *about, *rest) for i, *rest in found]
    if ledger is not None:
        rows = check_ledger(ledger, head, scope["size"], there)
    for index in sorted(chosen(rows, scope, cited) ^ there.keys()):
        raise ValueError(f"fact {index}: it was left out, or nothing asked for it", index)
    if canonical_zip(files) != raw:  # a hash of each file alone lets flipped bits between them by
        raise ValueError("the zip is not in its one canonical form")
    left_out = "not known: only --ledger can tell" if ledger is None else "nothing"
    counts = {"facts": len(found), "erased": [*there.values()].count(None), "answers": len(told)}
    return {**counts, "ledger": manifest["ledger"], "left_out": left_out, "because": ""}


def main(arguments: Sequence[str]) -> int:
    """Answer on the command line: JSON on standard output, and the exit code."""
    given, ledger = list(arguments), None
    try:
        if "--ledger" in given:
            ledger = Path(given.pop(given.index("--ledger") + 1))
            given.remove("--ledger")
        path, first, *more = [Path(argument) for argument in given]
        keys = [read_key(file.read_text("utf-8")) for file in (first, *more)]
        raw = path.read_bytes()
    except (OSError, ValueError, IndexError) as error:
        sys.stderr.write(f"{error}\n\n{__doc__}")
        return 1
    try:
        found = check_binder(raw, keys, ledger=ledger)
    except Exception as error:  # noqa: BLE001  (a binder that breaks a parser proves nothing)
        said = error.args if type(error) is ValueError else (repr(error),)
        found = {"because": str(said[0]), "first_bad": said[1] if said[1:] else None}
    sys.stdout.write(json.dumps(found, sort_keys=True) + "\n")
    return 5 if found["because"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
