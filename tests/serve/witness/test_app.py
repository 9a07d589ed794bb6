"""A witness answers logs of any make, by the standard's own status codes."""

from __future__ import annotations

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.testclient import TestClient

from attending.clock import WallClock
from attending.ledger.merkle import Tree, leaf_hash
from attending.ledger.note import Signer
from attending.ledger.witness import cosigned, new_witness, read_witness_key
from attending.serve.witness.app import witness_app

LOG = Signer("log.example.org/1", Ed25519PrivateKey.from_private_bytes(bytes(32)))


def tree(n, mark=b""):
    made = Tree()
    for place in range(n):
        made.append(leaf_hash(b"salt", mark + str(place).encode()))
    return made


def asked(old, of, *, signer=LOG, extra=()):
    text = f"{signer.name}\n{of.size}\n{b64encode(of.root()).decode()}\n"
    proof = (*(of.consistency(old) if 0 < old <= of.size else ()), *extra)
    lines = "".join(f"{b64encode(each).decode()}\n" for each in proof)
    return f"old {old}\n{lines}\n{text}\n{signer.sign(text)}".encode()


@pytest.fixture
def known(tmp_path):
    made = new_witness(tmp_path, "audit.example.org/w1")
    made.trust(LOG.verifier_key)
    return TestClient(witness_app(made, WallClock())), read_witness_key(made.verifier_key)


def test_a_checkpoint_is_vouched_for_and_the_next_grows_out_of_it(known):
    client, key = known
    for old, new in ((0, 3), (3, 3), (3, 11)):
        body = asked(old, tree(new))
        told = client.post("/add-checkpoint", content=body)
        assert told.status_code == 200
        note = body.partition(b"\n\n")[2] + told.content
        assert cosigned(note, key).size == new


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (asked(0, tree(9)), 409),
        (asked(5, tree(9, b"other")), 422),
        (asked(5, tree(5, b"other")), 422),
        (asked(5, tree(9), extra=[bytes(32)]), 422),
        (asked(6, tree(5)), 400),
        (asked(5, tree(9), signer=Signer("log.example.org/2", Ed25519PrivateKey.generate())), 404),
        (asked(5, tree(9), signer=Signer(LOG.name, Ed25519PrivateKey.generate())), 403),
        (b"hello", 400),
        (b"x" * 70_000, 413),
    ],
    ids=["not-from-there", "forked", "same-size", "long-proof", "larger-old", "unknown", "forged",
         "no-request", "too-large"],
)  # fmt: skip
def test_whatever_else_is_not_and_says_so_by_its_status(known, body, status):
    client, _ = known
    assert client.post("/add-checkpoint", content=asked(0, tree(5))).status_code == 200
    told = client.post("/add-checkpoint", content=body)

    assert told.status_code == status
    assert told.text.strip()
    if status == 409:
        assert (told.text, told.headers["content-type"].split(";")[0]) == (
            "5\n", "text/x.tlog.size",
        )  # fmt: skip
