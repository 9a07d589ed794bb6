"""A small file is whole whoever writes it, and however many do."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from attending.ledger.durable_file import write_durably

WHOLE = b"a signed head\n" * 100


def test_two_threads_that_write_one_file_at_once_both_write_it_whole(tmp_path, monkeypatch):
    both, mine, sync = threading.Barrier(2, timeout=20), threading.local(), os.fsync

    def in_step(descriptor):
        if not hasattr(mine, "begun"):
            mine.begun = True
            both.wait()  # each has written beside, and none has given it the name
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", in_step)
    path = tmp_path / "00000000000000000878.note"
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write_durably, [path] * 2, [WHOLE] * 2))

    assert path.read_bytes() == WHOLE
    assert list(tmp_path.iterdir()) == [path], "nothing is left beside it"
