"""A fold that follows a ledger knows what one read of the whole of it would."""

from __future__ import annotations

from itertools import pairwise

from attending.ledger.following import Following
from attending.ledger.open_ledger import open_ledger
from attending.ledger.salt import derived_salt


def _with(known, entry):
    return (*known, entry.index)


def test_what_is_new_is_taken_in_once_and_in_order(tmp_path, make_fact):
    reader, pen = open_ledger(tmp_path, salt=derived_salt(b"x" * 32))
    following = Following(reader, (), _with, kinds=("served",))
    seen = []
    for i in range(6):
        kind = "observed" if i % 3 == 2 else "served"
        pen.append([make_fact(i, kind=kind)])
        seen.append(following.now())
    pen.close()

    assert seen[-1] == (0, 1, 3, 4)
    assert all(after[: len(before)] == before for before, after in pairwise(seen))
    assert following.now() == (0, 1, 3, 4)
    assert following.size == 6
