"""Many writers, few commits, and an answer for each of them."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from attending.errors import NotDurable, Refused
from attending.facts.fact import By, Fact
from attending.ledger.group_commit import GroupCommit
from attending.ledger.open_ledger import open_ledger
from attending.ledger.verify import verify

PATIENCE = 60  # seconds; a disk that stands still decides no test


def test_threads_share_commits_and_each_gets_its_receipt(open_again, make_fact) -> None:
    reader, pen = open_again()
    commits = []
    append_each = pen.append_each
    pen.append_each = lambda batches: commits.append(len(batches)) or append_each(batches)
    group = GroupCommit(pen)

    with ThreadPoolExecutor(16) as pool:
        receipts = list(
            pool.map(
                lambda n: group.submit([make_fact(n), make_fact(n + 1000)]).result(), range(300)
            )
        )
    group.close()

    kept = {entry.index: entry.fact for entry in reader.entries()}
    for number, receipt in enumerate(receipts):
        assert [kept[index] for index in receipt.indexes] == [
            make_fact(number),
            make_fact(number + 1000),
        ]
    assert reader.size() == 600
    assert sum(commits) == 300
    assert len(commits) < 300
    assert pen.beyond == 0


def test_an_event_loop_waits_without_being_blocked(open_again, make_fact) -> None:
    reader, pen = open_again()
    group = GroupCommit(pen)

    async def many() -> list[int]:
        receipts = await asyncio.gather(*(group.append([make_fact(n)]) for n in range(200)))
        return sorted(index for receipt in receipts for index in receipt.indexes)

    assert asyncio.run(many()) == list(range(200))
    group.close()
    assert reader.size() == 200


def test_one_writers_fault_is_not_anothers(open_again, make_fact) -> None:
    _, pen = open_again()
    group = GroupCommit(pen)
    bad = Fact(kind="said", key="x/1/said", at="", by=By("x"), body={"x": float("nan")})

    with pytest.raises(Refused):
        group.submit([bad])
    assert group.submit([make_fact(1)]).result().indexes == (0,)
    group.close()


def test_a_failed_commit_is_told_to_all_and_the_next_one_goes_on(open_again, make_fact) -> None:
    reader, pen = open_again()
    group = GroupCommit(pen)
    group.submit([make_fact(0)]).result()
    pen._store.commit = _broken

    with pytest.raises(NotDurable, match="disk"):
        group.submit([make_fact(1)]).result()
    assert pen.size == 1

    async def again() -> int:
        return (await group.append([make_fact(1)])).indexes[0]

    assert asyncio.run(again()) == 1
    group.close()
    assert reader.size() == 2


def _broken() -> None:
    msg = "disk"
    raise OSError(msg)


def test_a_commit_that_failed_to_answer_is_found_again(open_again, make_fact) -> None:
    reader, pen = open_again()
    pen.append([make_fact(0)])
    store = pen._store
    commit = store.commit

    def commits_and_breaks() -> None:
        commit()
        _broken()

    store.commit = commits_and_breaks
    with pytest.raises(NotDurable):
        pen.append([make_fact(1)])
    assert pen.size == 1

    assert pen.append([make_fact(1), make_fact(2)]) == ((1, 2), 1, 1, 3)
    assert reader.root() == pen.checkpoint().root


def test_checkpoints_keep_pace_with_nobody_asking(tmp_path, make_fact) -> None:
    _, pen = open_ledger(tmp_path, checkpoint_every=0.05)
    group = GroupCommit(pen)
    group.submit([make_fact(1)]).result()
    until = time.monotonic() + PATIENCE
    while pen.beyond and time.monotonic() < until:
        time.sleep(0.01)

    assert pen.beyond == 0
    assert verify(tmp_path).checkpoints == 2
    group.close()


def test_a_checkpoint_that_cannot_be_written_is_tried_again(tmp_path, make_fact) -> None:
    _, pen = open_ledger(tmp_path, checkpoint_every=0.01)
    group = GroupCommit(pen)
    (tmp_path / "checkpoints").rename(tmp_path / "away")
    answer = group.submit([make_fact(1)])
    answer.exception(timeout=PATIENCE)
    until = time.monotonic() + PATIENCE
    while group.checkpoint_failure is None and time.monotonic() < until:
        time.sleep(0.01)
    assert isinstance(group.checkpoint_failure, NotDurable)

    (tmp_path / "away").rename(tmp_path / "checkpoints")
    while pen.beyond and time.monotonic() < until:
        time.sleep(0.01)
    assert pen.beyond == 0
    group.close()


def test_a_closed_group_takes_nothing_more(open_again, make_fact) -> None:
    _, pen = open_again()
    group = GroupCommit(pen)
    waiting = [group.submit([make_fact(n)]) for n in range(50)]
    group.close()
    group.close()

    assert [answer.result().indexes for answer in waiting] == [(n,) for n in range(50)]
    with pytest.raises(NotDurable, match="closed"):
        group.submit([make_fact(99)])


def test_a_writer_that_gave_up_disturbs_nobody(open_again, make_fact) -> None:
    _, pen = open_again()
    held = threading.Event()
    append_each = pen.append_each
    pen.append_each = lambda batches: held.wait(PATIENCE) and append_each(batches)
    group = GroupCommit(pen)
    group.submit([make_fact(0)])
    second = group.submit([make_fact(1)])
    second.cancel()
    third = group.submit([make_fact(2)])
    held.set()

    assert third.result(timeout=PATIENCE).indexes
    group.close()
