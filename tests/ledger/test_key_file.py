"""A key is drawn once, whole, and for its owner alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from attending.errors import Refused
from attending.ledger.key_file import KEY_BYTES, key_in


def test_a_key_is_drawn_once_and_stays(tmp_path) -> None:
    path = tmp_path / "a.key"
    key = key_in(path)
    assert len(key) == KEY_BYTES
    assert key_in(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["a.key"]


def test_many_that_draw_at_once_get_the_same(tmp_path) -> None:
    path = tmp_path / "a.key"
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: key_in(path), range(32)))) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["a.key"]


def test_a_key_that_others_may_read_or_that_is_none_is_refused(tmp_path) -> None:
    path = tmp_path / "a.key"
    key_in(path)
    path.chmod(0o644)
    with pytest.raises(Refused, match="others may read"):
        key_in(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(Refused, match="a key holds 32 bytes"):
        key_in(path)
