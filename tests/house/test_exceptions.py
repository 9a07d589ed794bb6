"""The list of exceptions is honest: every rule on it is one, and every line has a reason."""

from __future__ import annotations

import re


def test_every_section_is_a_rule_that_settles_by_it(root, exceptions):
    tests = "".join(p.read_text("utf-8") for p in (root / "tests" / "house").glob("test_*.py"))
    settled = set(re.findall(r"settle\(\s*\"([a-z-]+)\"", tests))

    assert set(exceptions.table) == settled


def test_every_exception_has_a_reason(exceptions):
    bare = [
        where
        for rule in exceptions.table.values()
        for where, reason in rule.items()
        if len(reason.split()) < 3
    ]

    assert not bare
