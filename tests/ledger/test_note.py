"""Signed notes and checkpoints, as C2SP writes them; Ed25519, as RFC 8032 does."""

from __future__ import annotations

from base64 import b64encode
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from attending.errors import ProofFailed, Refused
from attending.ledger.checkpoint import Seal, checkpoint_path
from attending.ledger.note import Signer, default_name, new_key, signed_by
from attending.ledger.offline_verifier import L, ed25519, open_note, read_checkpoint, read_key
from attending.ledger.open_ledger import open_ledger

# RFC 8032 §7.1, tests 1 to 3: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
@pytest.mark.parametrize("check", [ed25519, signed_by])
def test_signatures_of_the_standard_verify(check, public, message, signature) -> None:
    good = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)

    assert check(*good)
    assert not check(good[0], good[1] + b"x", good[2])
    assert not check(good[0], good[1], good[2][:-1])


def test_both_verifiers_agree_on_good_spoiled_and_malleable_signatures() -> None:
    chance = Random(1)
    for turn in range(60):
        key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        public, text = key.public_key().public_bytes_raw(), chance.randbytes(turn)
        good = key.sign(text)
        s = int.from_bytes(good[32:], "little")
        place = chance.randrange(64)
        flipped = bytearray(good)
        flipped[place] ^= 1 << chance.randrange(8)
        for signature in (good, bytes(flipped), good[:32] + (s + L).to_bytes(32, "little")):
            assert ed25519(public, text, signature) == signed_by(public, text, signature)
        assert ed25519(public, text, good)
        assert not ed25519(b"\xff" * 32, text, good)


def test_the_example_key_of_the_note_format_reads() -> None:
    key = Signer("example.com/log", new_key())
    name, number, public = read_key(key.verifier_key)

    assert (name, len(number), len(public)) == ("example.com/log", 4, 32)
    for spoiled in (
        key.verifier_key.replace("log", "lag"),
        key.verifier_key[:-4],
        "nothing",
        key.verifier_key.replace("+", " "),
    ):
        with pytest.raises(ValueError, match=r".+"):
            read_key(spoiled)


def test_a_note_that_others_published_verifies() -> None:
    """The example in the documentation of Go's golang.org/x/mod/sumdb/note."""
    key = read_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    line = (
        "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
        "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )

    assert open_note(f"{text}\n{line}".encode(), [key]) == (text.encode(), {"PeterNeumann"})


@pytest.fixture
def signers() -> list[Signer]:
    return [Signer(name, new_key()) for name in ("example.com/log", "witness.example/one")]


def test_unknown_keys_are_ignored_and_known_ones_must_hold(signers) -> None:
    log, witness = signers
    text = f"example.com/log\n7\n{b64encode(bytes(32)).decode()}\n"
    both = f"{text}\n{log.sign(text)}{witness.sign(text)}".encode()
    spoiled = f"{text}\n{log.sign(text)}{witness.sign(text + 'x')}".encode()
    known = [read_key(signer.verifier_key) for signer in signers]

    assert read_checkpoint(both, known[:1]) == ("example.com/log", 7, bytes(32))
    assert open_note(both, known)[1] == {"example.com/log", "witness.example/one"}
    assert read_checkpoint(spoiled, known[:1])[1] == 7
    with pytest.raises(ValueError, match="not what witness"):
        read_checkpoint(spoiled, known)
    with pytest.raises(ValueError, match="no key"):
        read_checkpoint(both, [])
    with pytest.raises(ValueError, match="the log it names"):
        read_checkpoint(both, known[1:])


def test_a_key_may_be_replaced_with_both_signing_for_a_while() -> None:
    old, new = (Signer("example.com/log", new_key()) for _ in range(2))
    text = f"example.com/log\n7\n{b64encode(bytes(32)).decode()}\n"
    note = f"{text}\n{old.sign(text)}{new.sign(text)}".encode()

    for signer in (old, new):
        assert read_checkpoint(note, [read_key(signer.verifier_key)])[1] == 7


@pytest.mark.parametrize(
    "text",
    ["example.com/log\n7\n", "example.com/log\n07\nAAAA\n", "example.com/log\n-7\nAAAA\n",
     "example.com/log\n\u0667\nAAAA\n", "example.com/log\n7\nA\n", "example.com/log\n7\tx\nAAAA\n",
     "\n7\nAAAA\n", "example.com/log\n7\nAAAA\n\nmore\n"],
)  # fmt: skip
def test_what_is_not_a_checkpoint_is_refused_though_signed(signers, text) -> None:
    note = f"{text}\n{signers[0].sign(text)}".encode()

    with pytest.raises(ValueError, match=r".+"):
        read_checkpoint(note, [read_key(signers[0].verifier_key)])


def test_a_key_is_kept_for_its_owner_alone(tmp_path) -> None:
    reader, pen = open_ledger(tmp_path, origin="example.org/ledger")
    private = tmp_path / "keys" / "ledger.key"

    assert private.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert Signer.load(private).name == "example.org/ledger" == pen.checkpoint().origin
    with pytest.raises(Refused, match="origin"):
        open_ledger(tmp_path, origin="example.org/other")
    private.chmod(0o644)
    with pytest.raises(Refused, match="chmod 600"):
        open_ledger(tmp_path)
    private.chmod(0o600)
    private.write_text("PRIVATE+KEY+a+b+c\n")
    with pytest.raises(Refused, match="not a signing key"):
        open_ledger(tmp_path)
    private.unlink()
    with pytest.raises(Refused, match="is gone"):
        open_ledger(tmp_path)
    reader.close()


def test_no_two_ledgers_share_a_name_nobody_chose() -> None:
    names = {default_name(new_key()) for _ in range(20)}

    assert len(names) == 20
    for bad in ("", "a b", "a+b", "a\nb"):
        with pytest.raises(Refused):
            Signer(bad, new_key())


def test_the_last_checkpoint_must_be_the_logs_own(tmp_path, signers) -> None:
    log, other = signers
    seal = Seal(tmp_path, log)
    assert seal.latest() is None
    made = seal.sign(12, bytes(32))

    assert seal.latest() == made
    assert made.note.startswith("example.com/log\n12\nAAAA")
    assert checkpoint_path(tmp_path, 12).read_text() == made.note
    Seal(tmp_path, other).sign(13, bytes(32))
    with pytest.raises(ProofFailed):
        seal.latest()
