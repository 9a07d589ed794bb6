"""Another party vouches that a ledger only grew, and whoever rewrites it is found out."""

from __future__ import annotations

import shutil
import tempfile
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from attending.errors import NoSuchName, ProofFailed, Refused
from attending.ledger import layout
from attending.ledger.merkle import Tree, leaf_hash
from attending.ledger.note import Signer
from attending.ledger.offline_verifier import ed25519, open_note
from attending.ledger.open_ledger import open_ledger
from attending.ledger.verify import witnessed
from attending.ledger.witness import (
    Behind,
    NotSigned,
    add,
    cosigned,
    new_witness,
    read_request,
    read_witness_key,
    request,
)

AT = 1_790_000_000  # seconds since 1970
NAME = "audit.example.org/w1"


def signed(signer, size, root):
    text = f"{signer.name}\n{size}\n{b64encode(root).decode()}\n"
    return f"{text}\n{signer.sign(text)}"


def asked(old, proof, note):
    hashes = "".join(f"{b64encode(each).decode()}\n" for each in proof)
    return f"old {old}\n{hashes}\n{note}".encode()


def grown(tree, n, mark=b""):
    for place in range(tree.size, n):
        tree.append(leaf_hash(b"salt", mark + str(place).encode()))
    return tree


@pytest.fixture
def log():
    return Signer("log.example.org/1", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@pytest.fixture
def witness(tmp_path, log):
    made = new_witness(tmp_path / "w", NAME)
    made.trust(log.verifier_key)
    return made


def test_a_signature_says_what_was_seen_and_when_to_whoever_knows_the_key(witness, log):
    tree = grown(Tree(), 7)
    note = signed(log, 7, tree.root())
    line = witness.cosign(asked(0, (), note), AT)
    both = f"{note}{line}".encode()

    assert cosigned(both, read_witness_key(witness.verifier_key)) == (log.name, 7, tree.root(), AT)
    assert cosigned(note.encode(), read_witness_key(witness.verifier_key)) is None
    dash, name, coded = line.split()
    for place in range(4, 4 + 8 + 64):  # the time and the signature, a bit of each byte
        blob = bytearray(b64decode(coded))
        blob[place] ^= 1
        other = f"{note}{dash} {name} {b64encode(blob).decode()}\n".encode()
        assert cosigned(other, read_witness_key(witness.verifier_key)) is None


def test_the_bytes_are_those_of_the_standard(witness, log):
    """Written out from C2SP tlog-cosignature, with another implementation of Ed25519's message."""
    note = signed(log, 3, grown(Tree(), 3).root())
    line = witness.cosign(asked(0, (), note), AT)
    name, number, public = read_witness_key(witness.verifier_key)
    seen = []

    def check(key, text, blob):
        seen.append(blob[:8])
        return ed25519(key, b"cosignature/v1\ntime 1790000000\n" + text, blob[8:])

    open_note(f"{note}{line}".encode(), [(name, number, public)], check)
    assert seen == [AT.to_bytes(8, "big")]
    assert number == sha256(name.encode() + b"\n\x04" + public).digest()[:4]


class Growing(RuleBasedStateMachine):
    """A log that grows, or is rewritten by whoever holds its key, before one witness."""

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp())
        self.log = Signer("log.example.org/1", Ed25519PrivateKey.generate())
        self.witness = new_witness(self.folder / "w", NAME)
        self.witness.trust(self.log.verifier_key)
        self.tree, self.vouched, self.forks = Tree(), 0, 0

    @rule(more=st.integers(0, 20))
    def grows(self, more):
        grown(self.tree, self.tree.size + more)
        note = signed(self.log, self.tree.size, self.tree.root())
        proof = self.tree.consistency(self.vouched) if self.vouched else ()
        line = self.witness.cosign(asked(self.vouched, proof, note), AT)
        self.vouched = self.tree.size
        found = cosigned(f"{note}{line}".encode(), read_witness_key(self.witness.verifier_key))
        assert found == (self.log.name, self.vouched, self.tree.root(), AT)

    @precondition(lambda self: self.vouched > 0)
    @rule(data=st.data())
    def is_rewritten(self, data):
        kept = data.draw(st.integers(0, self.vouched - 1))
        size = data.draw(st.integers(self.vouched, self.vouched + 9))
        other = grown(grown(Tree(), kept), size, b"otherwise ")
        note = signed(self.log, size, other.root())
        before = self.witness.latest(self.log.name)
        with pytest.raises(ProofFailed):
            self.witness.cosign(asked(self.vouched, other.consistency(self.vouched), note), AT)
        assert self.witness.latest(self.log.name) == before
        assert any(note.encode() == each.read_bytes() for each in self.folder.rglob("refused-*"))

    @precondition(lambda self: self.vouched > 0)
    @rule(data=st.data())
    def is_rolled_back(self, data):
        old = data.draw(st.integers(0, self.vouched - 1))
        note = signed(self.log, self.vouched, self.tree.root(self.vouched))
        with pytest.raises(Behind) as behind:
            self.witness.cosign(asked(old, (), note), AT)
        assert behind.value.size == self.vouched

    def teardown(self):
        shutil.rmtree(self.folder, ignore_errors=True)


TestGrowing = Growing.TestCase
TestGrowing.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)


def test_what_another_signed_or_nobody_knows_is_not_vouched_for(witness, log):
    stranger = Signer("log.example.org/2", Ed25519PrivateKey.generate())
    thief = Signer(log.name, Ed25519PrivateKey.generate())
    root = grown(Tree(), 2).root()
    with pytest.raises(NoSuchName, match=r"no .*org/2"):
        witness.cosign(asked(0, (), signed(stranger, 2, root)), AT)
    with pytest.raises(NotSigned):
        witness.cosign(asked(0, (), signed(thief, 2, root)), AT)
    with pytest.raises(Refused, match="another key"):
        witness.trust(thief.verifier_key)
    with pytest.raises(ProofFailed, match="two ledgers"):
        witness.cosign(asked(0, (root,), signed(log, 2, root)), AT)
    with pytest.raises(ProofFailed, match="no facts"):
        witness.cosign(asked(0, (), signed(log, 0, root)), AT)
    assert witness.latest(log.name) is None


def test_a_witness_whose_own_record_is_spoiled_vouches_no_more(witness, log, tmp_path):
    witness.cosign(asked(0, (), signed(log, 2, grown(Tree(), 2).root())), AT)
    (kept,) = tmp_path.rglob("latest.note")
    kept.write_bytes(kept.read_bytes().replace(b"\n2\n", b"\n1\n"))
    with pytest.raises(ProofFailed, match="damaged"):
        witness.cosign(asked(0, (), signed(log, 3, grown(Tree(), 3).root())), AT)


@pytest.mark.parametrize(
    "spoiled",
    [
        b"", b"old 0", b"old 00\n\nx\n", b"old -1\n\nx\n", b"new 0\n\nx\n", b"old 1\n!!\n\nx\n",
        b"old 1\nAAAA\n\nx\n", b"old 1\n" + b"A" * 44 * 64 + b"\n\nx\n", b"old \xb2\n\nx\n",
        b"old 1\n" + b"%s\n" % b64encode(bytes(32)) * 64 + b"\nx\n", b"old 0\n\n" + b"x" * 70_000,
    ],
    ids=range(11),
)  # fmt: skip
def test_what_is_no_request_is_refused_with_what_one_is(spoiled):
    with pytest.raises(Refused, match="no request"):
        read_request(spoiled)


@pytest.mark.parametrize(
    "text", ["", "x", "a+b+c", "w+00000000+" + b64encode(b"\x04" * 33).decode()]
)
def test_what_is_no_witness_key_is_refused(text, log):
    with pytest.raises(Refused, match="not a witness's"):
        read_witness_key(text)
    with pytest.raises(Refused, match="not a witness's"):
        read_witness_key(log.verifier_key)


def test_an_older_signature_does_not_pass_for_one_over_a_later_checkpoint(witness, log):
    tree = grown(Tree(), 2)
    first = signed(log, 2, tree.root())
    line = witness.cosign(asked(0, (), first), AT)
    key = read_witness_key(witness.verifier_key)
    later = signed(log, 5, grown(tree, 5).root()).encode()

    assert add(add(first.encode(), line, key), line, key).decode() == first + line
    with pytest.raises(ProofFailed):
        add(later, line, key)
    with pytest.raises(ProofFailed):
        add(add(first.encode(), line, key), log.sign("x\n"), key)


def test_whoever_holds_the_ledger_and_its_key_is_found_out(tmp_path, make_fact):
    """The insider rewrites a fact, every hash after it and every checkpoint, and signs them."""
    store = tmp_path / "l"
    reader, pen = open_ledger(store, checkpoint_every=float("inf"))
    pen.append([make_fact(n) for n in range(9)])
    note = pen.checkpoint().note
    made = new_witness(tmp_path / "w", NAME)
    made.trust(layout.public_key(store).read_text())
    made.cosign(request(reader, note, 0).encode(), AT)
    key = read_witness_key(made.verifier_key)
    kept = made.latest(note.split("\n")[0])
    pen.append([make_fact(9)])
    pen.close()
    reader.close()
    assert witnessed(store, key, note=kept).size == 9
    with pytest.raises(ProofFailed, match="bears"):
        witnessed(store, key)

    for part in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (store / part).unlink(missing_ok=True)
    for each in layout.checkpoints(store).glob("*.note"):
        each.unlink()
    reader, pen = open_ledger(store, checkpoint_every=float("inf"))
    pen.append([make_fact(n, altered=n == 3) for n in range(12)])
    again = pen.checkpoint().note
    with pytest.raises(ProofFailed, match="another ledger of 9"):
        witnessed(store, key, note=kept)
    with pytest.raises(ProofFailed, match="does not grow"):
        made.cosign(request(reader, again, 9).encode(), AT)
    pen.close()
    reader.close()
    shutil.rmtree(store)
    _, pen = open_ledger(store, checkpoint_every=float("inf"))
    pen.append([make_fact(1)])
    pen.close()
    with pytest.raises(ProofFailed, match="saw 9 facts; 1 are here"):
        witnessed(store, key, note=kept)
