from __future__ import annotations

import pytest

from attending.decide.governed import Held
from attending.decide.interlocks.breaks_a_condition import breaks_a_condition
from attending.facts.committee import Condition, Form, Task


@pytest.mark.parametrize(("state", "n"), [("open", 0), ("met", 0), ("lapsed", 0), ("broken", 1)])
def test_only_a_broken_condition_forbids(making, trips, state, n):
    asked = Condition(id="train", owner="owner", form=Form(do=Task(fact="resume/1")),
                      effect="hold", from_on="2026-09-09", due="2026-10-01")  # fmt: skip
    held = Held(asked, "d" * 64, state=state, because="due on 2026-10-01 and not met")
    standing = making.standing(governed=making.governed(conditions={"train": held}))
    told = trips(breaks_a_condition, standing=standing)
    assert len(told) == n
    assert all("train: due on 2026-10-01" in each for each in told)
