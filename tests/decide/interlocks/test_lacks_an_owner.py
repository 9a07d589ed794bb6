from __future__ import annotations

import pytest

from attending.decide.interlocks.lacks_an_owner import lacks_an_owner


@pytest.mark.parametrize(("gone", "n"), [("owner", 1), ("watcher", 2), ("champion", 0)])
def test_who_has_left_owns_and_watches_nothing(making, trips, gone, n):
    standing = making.standing(governed=making.governed(gone=frozenset({gone})))
    assert len(trips(lacks_an_owner, standing=standing)) == n
