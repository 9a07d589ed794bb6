"""The tree is the tree of RFC 6962."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import ProofFailed
from attending.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    Tree,
    check_consistency,
    leaf_hash,
    node_hash,
)
from attending.ledger.offline_verifier import root_from_inclusion

# The eight leaves and roots that Certificate Transparency implementations share.
LEAVES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [leaf_hash(b"", leaf) for leaf in LEAVES]


def _tree(n: int) -> Tree:
    tree = Tree()
    for number in range(n):
        tree.append(sha256(number.to_bytes(4, "big")).digest())
    return tree


def test_an_empty_tree_has_the_root_of_nothing() -> None:
    assert Frontier().root() == Tree().root() == EMPTY_ROOT == sha256(b"").digest()


def test_a_leaf_and_a_node_cannot_be_taken_for_one_another() -> None:
    assert leaf_hash(b"s", b"x") == sha256(b"\x00sx").digest()
    assert node_hash(b"l" * 32, b"r" * 32) == sha256(b"\x01" + b"l" * 32 + b"r" * 32).digest()


@pytest.mark.parametrize("n", range(1, 9))
def test_roots_are_those_every_implementation_gives(n: int) -> None:
    frontier, tree = Frontier(), Tree()
    for leaf in HASHES[:n]:
        frontier.append(leaf)
        tree.append(leaf)

    assert frontier.root().hex() == tree.root().hex() == ROOTS[n - 1]


def test_audit_paths_are_those_every_implementation_gives() -> None:
    tree = Tree()
    for leaf in HASHES:
        tree.append(leaf)

    assert [step.hex() for step in tree.inclusion(5, 8)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [step.hex() for step in tree.consistency(6, 8)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_every_inclusion_proof_verifies_and_no_other_leaf_passes() -> None:
    tree = _tree(40)
    for size in range(1, 41):
        for index in range(size):
            path = tree.inclusion(index, size)
            assert root_from_inclusion(tree.leaf(index), index, size, path) == tree.root(size)
            other = tree.leaf((index + 1) % 40)
            assert root_from_inclusion(other, index, size, path) != tree.root(size)


def test_every_consistency_proof_verifies_and_no_other_root_passes() -> None:
    tree = _tree(40)
    for new in range(1, 41):
        for old in range(new + 1):
            proof = tree.consistency(old, new)
            check_consistency((old, tree.root(old)), (new, tree.root(new)), proof)
            if old:
                with pytest.raises(ProofFailed):
                    check_consistency((old, sha256(b"x").digest()), (new, tree.root(new)), proof)


@given(st.integers(1, 300), st.data())
def test_a_spoiled_proof_never_passes(n: int, data: st.DataObject) -> None:
    tree = _tree(n)
    index = data.draw(st.integers(0, n - 1))
    path = list(tree.inclusion(index))
    spoiled = [path[:-1], [*path, b"\0" * 32]]
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        spoiled.append([*path[:place], sha256(path[place]).digest(), *path[place + 1 :]])
    for bad in spoiled:
        try:
            assert (
                bad == path or root_from_inclusion(tree.leaf(index), index, n, bad) != tree.root()
            )
        except ValueError:
            continue


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=80))
def test_the_frontier_and_the_tree_agree(leaves: list[bytes]) -> None:
    frontier, tree = Frontier(), Tree()
    for leaf in leaves:
        frontier.append(leaf)
        tree.append(leaf)
    twin = frontier.copy()
    twin.append(b"\0" * 32)

    assert frontier.root() == tree.root()
    assert (frontier.size, twin.size) == (tree.size, tree.size + 1)


def test_a_proof_about_what_is_not_there_is_refused() -> None:
    tree = _tree(3)
    for ask in (lambda: tree.inclusion(3), lambda: tree.consistency(4), lambda: tree.root(4)):
        with pytest.raises(IndexError):
            ask()
