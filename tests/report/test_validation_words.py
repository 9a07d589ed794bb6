"""What the first sentence of a silent validation says of a model that gave no answer."""

from __future__ import annotations

import pytest

from attending.report.validation import summary_silent

SCOPE = {"scope": "east", "title": "East", "found": "cannot tell yet", "settled_on": None}


@pytest.mark.parametrize(
    ("displays", "said"),
    [
        ([{"failed": 275}], "The model gave no answer at East"),
        ([{"failed": 274, "silent": 1}], "The model answered silently at East"),
        ([{"failed": 2}, {"silent": 3}], "The model answered silently at East"),
        ([], "The model answered silently at East"),
    ],
    ids=["none", "one", "elsewhere", "not counted"],
)
def test_a_model_that_failed_every_time_is_not_said_to_have_answered(displays, said):
    told = {"scopes": [SCOPE], "answers": [{"displays": each} for each in displays]}

    assert summary_silent(told).startswith(said)
