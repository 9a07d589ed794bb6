"""Two-person rules, kept by state."""

from __future__ import annotations

import pytest

from attending import shapes
from attending.decide.sign_offs import SignOff, counted, missing, refusal, signers
from attending.facts.plan import Required
from attending.spec.committee import Committee


def committee(name, **people):
    members = [{"person": p, "roles": r} for p, r in people.items()]
    plain = {"kind": "Committee", "name": name, "title": name, "members": members,
             "quorum": {"voting": 1}}  # fmt: skip
    return shapes.convert(plain, Committee)


AI = committee(
    "ai",
    ana=["committee_chair", "cmio"],
    tom=["cmio"],
    eve=["cmio", "committee_member"],
    owner=["cmio"],
    gone=["cmio"],
)
IT = committee("it", tom=["committee_chair"])
CHAIR, CMIO = "committee_chair", "cmio"


@pytest.fixture
def who(making):
    return signers([AI, IT], making.use_case(), ["eve"], ["gone"])


@pytest.fixture
def plan(making):
    return making.plan(requires=(Required(CMIO, 2), Required(CHAIR)))


@pytest.mark.parametrize(
    ("role", "person", "because"),
    [
        (CMIO, "ana", None),
        (CHAIR, "tom", None),
        ("auditor", "ana", "this plan asks for no sign-off as auditor"),
        (CMIO, "eve", "eve made this plan, and nobody approves their own"),
        (CMIO, "owner", "owner owns falls, and nobody approves their own"),
        (CMIO, "gone", "gone has left"),
        (CMIO, "bob", "bob is no cmio on any committee here"),
        (CHAIR, "eve", "eve made this plan, and nobody approves their own"),
    ],
)
def test_who_may_sign(plan, who, role, person, because):
    assert refusal(plan, (), SignOff(role, person), who) == because


def test_one_person_fills_one_role(plan, who):
    first = SignOff(CHAIR, "ana")
    assert "one person fills one role" in refusal(plan, [first], SignOff(CMIO, "ana"), who)
    signed = [first, SignOff(CMIO, "ana"), SignOff(CMIO, "tom")]
    assert counted(plan, signed, who) == {CMIO: ("tom",), CHAIR: ("ana",)}
    assert missing(plan, signed, who) == ("2 sign-offs as cmio wanted, 1 given",)


def test_a_signature_said_again_counts_once(plan, who):
    signed = [SignOff(CMIO, "tom")] * 5 + [SignOff(CHAIR, "ana")]
    assert missing(plan, signed, who) == ("2 sign-offs as cmio wanted, 1 given",)


def test_signatures_that_may_not_be_there_count_for_nothing(plan, who):
    signed = [SignOff(CMIO, p) for p in ("owner", "eve", "gone", "bob")]
    assert counted(plan, signed, who) == {CMIO: (), CHAIR: ()}


def test_all_that_are_asked_for_are_enough(making, who):
    plan = making.plan(requires=(Required(CMIO), Required(CHAIR)))
    assert missing(plan, [SignOff(CMIO, "tom"), SignOff(CHAIR, "ana")], who) == ()
