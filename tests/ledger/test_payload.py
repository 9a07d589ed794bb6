"""Payloads are sealed, named by their digest, and there exactly when their facts are."""

from __future__ import annotations

from hashlib import sha256

import pytest

from attending.errors import NotDurable, ProofFailed, Refused
from attending.facts.fact import By
from attending.ledger.group_commit import GroupCommit
from attending.ledger.key_file import key_in
from attending.ledger.payload import Sealer
from attending.ledger.verify import verify

RAW = b'{"fields": {"note": "canary"}}'
NAME = sha256(RAW).hexdigest()


@pytest.fixture
def key(tmp_path):
    return tmp_path / "elsewhere" / "payload.key"


@pytest.fixture
def opened(open_again, key):
    key.parent.mkdir()
    return open_again(payload_key=key)


def test_what_was_sealed_opens_under_its_name_alone() -> None:
    sealer = Sealer(b"k" * 32)
    kept = sealer.seal(RAW)

    assert kept.digest == NAME
    assert b"canary" not in kept.sealed
    assert sealer.open(kept) == RAW
    assert sealer.seal(RAW).nonce != kept.nonce
    for other in (
        kept._replace(digest=sha256(b"else").hexdigest()),
        kept._replace(sealed=kept.sealed[:-1] + bytes([kept.sealed[-1] ^ 1])),
        kept._replace(nonce=b""),
    ):
        with pytest.raises(ProofFailed, match="does not open"):
            sealer.open(other)
    with pytest.raises(ProofFailed):
        Sealer(b"j" * 32).open(kept)


def test_a_payload_comes_back_and_lies_nowhere_in_the_clear(
    opened, make_fact, key, tmp_path
) -> None:
    reader, pen = opened
    pen.append([make_fact(1)], [RAW])
    pen.append([make_fact(2)], [RAW])

    assert Sealer(key_in(key)).open(reader.sealed(NAME)) == RAW
    assert reader.sealed("0" * 64) is None
    files = [path for path in (tmp_path / "ledger").rglob("*") if path.is_file()]
    assert not any(b"canary" in path.read_bytes() for path in files)
    assert not any(key.read_bytes() in path.read_bytes() for path in files)


def test_facts_and_payloads_enter_together_or_not_at_all(opened, make_fact, monkeypatch) -> None:
    reader, pen = opened
    pen.append([make_fact(0)])

    def broken(_sealed) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(pen._connected(), "keep", broken)
    with pytest.raises(NotDurable):
        pen.append([make_fact(1)], [RAW])

    assert reader.size() == 1
    assert reader.sealed(NAME) is None
    assert pen.append([make_fact(1)], [RAW]).fresh == 1
    assert reader.sealed(NAME) is not None


def test_an_erasure_forgets_payloads_and_the_proofs_hold(opened, make_fact, tmp_path, dsn) -> None:
    reader, pen = opened
    pen.append([make_fact(1), make_fact(2)], [RAW, b"another"])
    by = By("officer", role="privacy officer")

    pen.erase([0], payloads=[NAME], by=by, at="2026-10-13T09:00:00.000Z", because="asked")

    assert reader.sealed(NAME) is None
    assert reader.sealed(sha256(b"another").hexdigest()) is not None
    assert reader.entry(2).fact.body["payloads"] == [NAME]
    pen.checkpoint()
    found = verify(tmp_path / "ledger", dsn=dsn)
    assert (found.because, found.erased) == ("", 1)


def test_writers_on_threads_hand_in_payloads_too(opened, make_fact) -> None:
    reader, pen = opened
    group = GroupCommit(pen)
    told = [group.submit([make_fact(n)], [b"%d" % n]) for n in range(50)]
    for each in told:
        each.result(10)
    group.close()

    assert all(reader.sealed(sha256(b"%d" % n).hexdigest()) for n in range(50))


def test_without_a_key_no_payload_is_taken(open_again, make_fact) -> None:
    reader, pen = open_again()
    with pytest.raises(Refused, match="without a key"):
        pen.append([make_fact(1)], [RAW])
    assert reader.size() == 0
