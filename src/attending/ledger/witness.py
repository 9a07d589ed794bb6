"""Witnesses: another party vouches that a ledger only grew (C2SP tlog-witness, tlog-cosignature).

Whoever holds both a ledger and its signing key could write another history and sign it. A
witness, in other hands, keeps the last checkpoint it vouched for and cosigns the next only if
the ledger of then is the beginning of the ledger of now. It sees heads of trees and no fact.
"""

from __future__ import annotations

import fcntl
from base64 import b64decode, b64encode
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from attending.errors import NoSuchName, ProofFailed, Refused
from attending.ledger.durable_file import write_durably
from attending.ledger.merkle import check_consistency
from attending.ledger.note import Signer, check_name, new_key, signed_by
from attending.ledger.offline_verifier import open_note, read_checkpoint, read_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attending.ledger.offline_verifier import Head
    from attending.ledger.read import Reader

COSIGNATURE = b"\x04"  # C2SP tlog-cosignature: the signature type of cosignature/v1
MOST_HASHES = 63  # C2SP tlog-witness: lines of a consistency proof
MOST_BYTES = 64 * 1024  # of a request: a proof of 63 hashes and a note of 100 signatures fit
TIME = 8  # bytes, big-endian
KEY, SIGNATURE, ID = 32, 64, 4


class Behind(Refused):
    """The proof does not start where this witness last vouched; `size` is where that was."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(
            f"this witness last vouched for {size} facts", accepted=[f"a proof from {size} on"]
        )


class NotSigned(Refused):
    """The checkpoint does not bear the signature of the log it names."""


class Cosigner(Signer):
    """A witness's key; what it signs says when."""

    KIND = COSIGNATURE

    def cosign(self, text: str, at: int) -> str:
        """Give the signature line for a checkpoint's text, at so many seconds since 1970."""
        signature = self._key.sign(_message(text.encode(), at))
        blob = self._id + at.to_bytes(TIME, "big") + signature
        return f"\u2014 {self.name} {b64encode(blob).decode()}\n"


class WitnessKey(NamedTuple):
    """The public half: what an auditor asks the witness for."""

    name: str
    id: bytes
    public: bytes


class Cosigned(NamedTuple):
    """What a witness vouched for, and when, in seconds since 1970."""

    origin: str
    size: int
    root: bytes
    at: int


class Witness:
    """Keeps, for each log it was told to trust, the last checkpoint it vouched for.

    Parameters
    ----------
    folder
        ``witness.key``, ``witness.pub``, and ``logs/``, a folder for each log.

    Raises
    ------
    Refused
        No witness is kept there.

    """

    def __init__(self, folder: Path) -> None:
        if not _private(folder).exists():
            raise Refused(
                "no witness is kept here", where=str(folder), accepted=["attending witness new"]
            )
        self._folder = folder
        self._signer = Cosigner.load(_private(folder))

    @property
    def verifier_key(self) -> str:
        """Give the key to hand to auditors and to the log."""
        return self._signer.verifier_key

    def trust(self, key: str) -> str:
        """Vouch for a log from now on; give its name.

        Raises
        ------
        Refused
            It is no verifier key, or the log is trusted under another key.

        """
        try:
            origin, *_ = read_key(key)
        except ValueError as bad:
            raise Refused(str(bad)) from bad
        place = self._place(origin)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = place / "log.pub"
        if known.exists() and known.read_text("utf-8").strip() != key.strip():
            raise Refused(f"{origin} is trusted under another key", where=str(known))
        write_durably(known, f"{key.strip()}\n".encode())
        return origin

    def cosign(self, request: bytes, at: int) -> str:
        """Vouch for the checkpoint in a request; durable before it is given.

        Parameters
        ----------
        request
            The body of ``add-checkpoint``.
        at
            Seconds since 1970.

        Raises
        ------
        NoSuchName
            The log is not one that is trusted here.
        NotSigned
            The log did not sign it.
        Behind
            The proof starts elsewhere than where this witness last vouched.
        ProofFailed
            The log of now did not grow out of the log of then. What was given is kept.
        Refused
            It is no request.

        """
        old, proof, note = read_request(request)
        head = self._head(note)
        with self._locked():
            self._check(old, proof, head, note)
            text, _, _ = note.decode().rpartition("\n\n")
            line = self._signer.cosign(f"{text}\n", at)
            write_durably(self._place(head[0]) / "latest.note", note + line.encode())
        return line

    def latest(self, origin: str) -> bytes | None:
        """Give the last checkpoint of a log that this witness vouched for, with its signature."""
        kept = self._place(origin) / "latest.note"
        return kept.read_bytes() if kept.exists() else None

    def _head(self, note: bytes) -> Head:
        origin = note.split(b"\n", 1)[0].decode("utf-8", "replace")
        trusted = self._place(origin) / "log.pub"
        if not trusted.exists():
            there = (self._folder / "logs").glob("*/log.pub")
            names = [read_key(each.read_text("utf-8"))[0] for each in there]
            raise NoSuchName(origin, "the logs this witness trusts", names)
        try:
            return read_checkpoint(note, [read_key(trusted.read_text("utf-8"))], signed_by)
        except ValueError as bad:
            raise NotSigned(str(bad)) from bad

    def _check(self, old: int, proof: tuple[bytes, ...], head: Head, note: bytes) -> None:
        origin, size, root = head
        if old > size:
            raise Refused(f"a ledger of {size} facts cannot follow one of {old}")
        kept = self.latest(origin)
        was = cosigned(kept, read_witness_key(self.verifier_key)) if kept else None
        if kept and was is None:
            raise ProofFailed("what this witness last vouched for is damaged; it vouches no more")
        before = (was.size, was.root) if was else (0, sha256().digest())
        if old != before[0]:
            raise Behind(before[0])
        try:
            if size == 0 and root != before[1]:
                raise ProofFailed("the root of no facts is the hash of nothing")
            check_consistency(before, (size, root), proof)
        except ProofFailed:
            name = f"refused-{sha256(note).hexdigest()}.note"  # the log signed it: it is evidence
            write_durably(self._place(origin) / name, note)
            raise

    def _place(self, origin: str) -> Path:
        return self._folder / "logs" / sha256(origin.encode()).hexdigest()[:32]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def new_witness(folder: Path, name: str) -> Witness:
    """Draw a witness's key in a folder of its own.

    Raises
    ------
    Refused
        One is kept there already.

    """
    if _private(folder).exists():
        raise Refused("a witness is kept here already", where=str(folder))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    Cosigner(check_name(name), new_key()).save(_private(folder), folder / "witness.pub")
    return Witness(folder)


def read_witness_key(text: str) -> WitnessKey:
    """Read a witness's verifier key: ``name+id+base64(0x04 || public key)``.

    Raises
    ------
    Refused
        It is none.

    """
    name, number, coded, *_ = [*text.strip().split("+", 2), "", ""]
    try:
        raw = b64decode(coded, validate=True)
    except ValueError:
        raw = b""
    expected = sha256(name.encode() + b"\n" + raw).digest()[:ID]
    if len(raw) != 1 + KEY or raw[:1] != COSIGNATURE or number != expected.hex():
        raise Refused(
            f"not a witness's verifier key: {text.strip()[:80]}",
            accepted=["NAME+ID+KEY, as `attending witness new` prints it"],
        )
    return WitnessKey(name, expected, raw[1:])


def cosigned(note: bytes, witness: WitnessKey) -> Cosigned | None:
    """Read what a witness vouched for in a note; None where it did not.

    The log's own signature is not looked at: a witness looked at it before it vouched.
    """
    times: list[int] = []

    def check(public: bytes, text: bytes, blob: bytes) -> bool:
        at, signature = int.from_bytes(blob[:TIME], "big"), blob[TIME:]
        times.append(at)
        return len(signature) == SIGNATURE and signed_by(public, _message(text, at), signature)

    try:
        text, _ = open_note(note, [witness], check)
        origin, size, root, *_ = text.decode().split("\n")
        return Cosigned(origin, int(size), b64decode(root), max(times))
    except ValueError:
        return None


def request(reader: Reader, note: str, old: int) -> str:
    """Ask a witness to vouch for a checkpoint: the proof from where it last did, and the note."""
    size = int(note.split("\n", 2)[1])
    proof = reader.consistency(old, size) if old else ()
    hashes = "".join(f"{b64encode(each).decode()}\n" for each in proof)
    return f"old {old}\n{hashes}\n{note}"


def read_request(raw: bytes) -> tuple[int, tuple[bytes, ...], bytes]:
    """Take a request apart: the old size, the proof, the checkpoint.

    Raises
    ------
    Refused
        It is none.

    """
    lines, gap, note = raw.partition(b"\n\n")
    first, *hashes = lines.split(b"\n")
    number = first.removeprefix(b"old ")
    plain = number.isdigit() and number == str(int(number)).encode()
    try:
        proof = tuple(b64decode(each, validate=True) for each in hashes)
    except ValueError:
        proof = (b"",)
    fits = len(raw) <= MOST_BYTES and len(proof) <= MOST_HASHES
    whole = gap and first.startswith(b"old ") and plain and {len(h) for h in proof} <= {KEY}
    if not (fits and whole):
        raise Refused(
            "this is no request to a witness",
            accepted=["`old SIZE`, lines of a proof, an empty line, a checkpoint (tlog-witness)"],
        )
    return int(number), proof, note


def add(note: bytes, line: str, witness: WitnessKey) -> bytes:
    """Give a checkpoint with a witness's line; the same line twice is one.

    Raises
    ------
    ProofFailed
        The line is not this witness's over this checkpoint.

    """
    kept = line.encode()
    grown = note if kept in note else note + kept
    if not kept.startswith("\u2014 ".encode()) or cosigned(_last(note, kept), witness) is None:
        raise ProofFailed(f"this is not {witness.name}'s signature over that checkpoint")
    return grown


def _last(note: bytes, line: bytes) -> bytes:
    """Give the note with this line alone, so that an older one cannot stand in for it."""
    return note.rpartition(b"\n\n")[0] + b"\n\n" + line


def _message(text: bytes, at: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % at + text


def _private(folder: Path) -> Path:
    return folder / "witness.key"
