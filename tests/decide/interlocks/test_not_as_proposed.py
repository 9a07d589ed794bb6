from __future__ import annotations

import pytest

from attending.decide.interlocks.not_as_proposed import not_as_proposed
from attending.decide.proposals.proposed import Backing

LAST, OLD = "a" * 64, "b" * 64


def backed(digest=LAST, use_case="falls", ended=""):
    return Backing(digest, 2, use_case, ended)


@pytest.mark.parametrize(
    ("proposal", "proposed", "words"),
    [
        (None, {}, None),
        (LAST, {"p": backed()}, None),
        (LAST, {"p": backed(ended="scale")}, None),
        (LAST, {"o": backed(OLD), "p": backed()}, None),
        (None, {"p": backed(use_case="another"), "q": backed(use_case="")}, None),
        (None, {"p": backed()}, "names no proposal"),
        (OLD, {"p": backed()}, "the last submission is p: aaaa"),
        (LAST, {"p": backed(use_case="another")}, "none here names this use case"),
        (LAST, {}, "none here names this use case"),
        (LAST, {"p": backed(ended="stop")}, "ended: stop"),
        (LAST, {"p": backed(ended="change_workflow")}, "ended: change workflow"),
    ],
)
def test_the_spec_quotes_the_last_submission(making, trips, proposal, proposed, words):
    use_case = making.use_case(**({"proposal": proposal} if proposal else {}))
    standing = making.standing(governed=making.governed(proposed=proposed))
    told = trips(not_as_proposed, use_case=use_case, standing=standing)

    assert len(told) == (words is not None)
    assert all(words in each for each in told)


def test_answering_silently_waits_for_no_proposal(making, trips):
    plan = making.plan(changes=(making.change(mode=("off", "silent"), share=(0.0, 0.0)),))
    standing = making.standing(governed=making.governed(proposed={"p": backed()}))
    assert trips(not_as_proposed, plan=plan, standing=standing) == []
