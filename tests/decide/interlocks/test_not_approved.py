from __future__ import annotations

import pytest

from attending.decide.interlocks.not_approved import not_approved


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({}, None),
        ({"word": "approved_with_conditions"}, None),
        ({"expires_on": "2026-10-13"}, None),
        ({"expires_on": "2026-10-12"}, "ended on 2026-10-12"),
        ({"valid_from": "2026-10-14"}, "begins on 2026-10-14"),
        ({"word": "declined"}, "is declined"),
        ({"word": "re_review"}, "is re review"),
        ({"release": "falls-0"}, "no committee has decided on falls-1"),
    ],
)
def test_the_last_decision_on_this_release_must_approve_it_today(making, trips, over, words):
    standing = making.standing(governed=making.governed(making.decision(**over)))
    told = trips(not_approved, standing=standing)
    assert len(told) == (words is not None)
    assert all(words in each for each in told)


def test_a_folder_without_a_committee_cannot_be_approved(making, trips):
    standing = making.standing(governed=making.governed(committees={}, decisions={}))
    (told,) = trips(not_approved, standing=standing)
    assert "declares no Committee" in told


def test_answering_silently_waits_for_nobody(making, trips):
    plan = making.plan(changes=(making.change(mode=("off", "silent"), share=(0.0, 0.0)),))
    standing = making.standing(governed=making.governed(decisions={}))
    assert trips(not_approved, plan=plan, standing=standing) == []
