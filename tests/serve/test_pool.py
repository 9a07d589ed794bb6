"""Who asks an engine: its own threads, or, where it is prompt, whoever has the question."""

from __future__ import annotations

import asyncio
import threading

import pytest

from attending.serve import pool as pools
from attending.serve.engine import Answer
from attending.serve.pool import Pool


class Engine:
    """Answers after a while of its own clock, and tells which thread it was asked on."""

    def __init__(self, *, is_prompt):
        self.is_prompt = is_prompt
        self.takes = 0.0
        self.passed = 0.0
        self.threads = []

    def perf_counter(self):
        return self.passed

    def answer(self, fields):
        self.threads.append(threading.current_thread())
        self.passed += self.takes
        return Answer(0.5)


def asked(pool, within=60.0):
    return asyncio.run(pool.ask({}, within=within))


@pytest.fixture
def pool_of():
    opened = []

    def make(engine):
        opened.append(Pool(engine, "kidney_watch"))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.mark.parametrize("is_prompt", [True, False])
def test_only_a_prompt_engine_is_asked_where_the_question_is(pool_of, is_prompt):
    engine = Engine(is_prompt=is_prompt)
    assert asked(pool_of(engine)).score == 0.5
    assert (engine.threads == [threading.current_thread()]) == is_prompt


def test_an_engine_that_says_nothing_of_itself_has_threads(pool_of):
    engine = Engine(is_prompt=True)
    del engine.is_prompt
    asked(pool_of(engine))
    assert engine.threads != [threading.current_thread()]


def test_a_prompt_engine_that_turns_slow_is_late_and_then_has_threads_for_a_while(
    pool_of, monkeypatch
):
    engine = Engine(is_prompt=True)
    monkeypatch.setattr(pools, "time", engine)
    pool = pool_of(engine)
    engine.takes = pools.TOO_LONG + 0.05
    with pytest.raises(TimeoutError):
        asked(pool, within=0.1)

    engine.takes = 0.0
    asked(pool)
    assert engine.threads[-1] is not threading.current_thread()
    engine.passed += pools.WARY
    asked(pool)
    assert engine.threads[-1] is threading.current_thread()


def test_long_answers_add_up_in_a_row_and_one_quick_one_ends_the_row(pool_of, monkeypatch):
    engine = Engine(is_prompt=True)
    monkeypatch.setattr(pools, "time", engine)
    pool = pool_of(engine)
    for takes in (0.12, 0.0, 0.12, 0.0):
        engine.takes = takes
        asked(pool)
    assert set(engine.threads) == {threading.current_thread()}

    engine.takes = 0.12
    for _ in range(3):
        asked(pool)
    assert engine.threads[-1] is not threading.current_thread()


def test_what_a_prompt_engine_raises_is_raised(pool_of):
    engine = Engine(is_prompt=True)
    engine.answer = None
    with pytest.raises(TypeError):
        asked(pool_of(engine))
