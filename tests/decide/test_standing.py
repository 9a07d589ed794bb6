"""Where things stand is a fold: what each fact does to it, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from attending.decide.standing import Standing, exposures, fold
from attending.facts.fact import By, Fact
from attending.facts.plan import Change

NOW = datetime(2026, 10, 13, 8, tzinfo=UTC)
AT = "2026-10-13T08:00:00.000Z"


def fact(kind, key, **body):
    person = str(body.get("person", "platform"))
    return Fact(kind=kind, key=key, at=AT, by=By(person=person), use_case="falls", body=body)


def receipt(*changes, plan="d", **over):
    given = {
        "type": "receipt/1", "plan": plan, "cause": "wave", "scope": "one", "day": 3,
        "because": "b", "wave": "", "answers": "", "expansion": "moving",
        "changes": msgspec.to_builtins(changes), "seq": 7, "read_back": {"g1": 7},
        "not_confirmed": [],
    }  # fmt: skip
    return fact("acted", f"falls/{plan}/receipt", **(given | over))


def change(site, *mode, unit="*", share=(0.0, 1.0)):
    return Change(site, unit, ("r1", "r1"), mode, share)


def say(verb, scope="all", key=None, person="nurse"):
    key = key or f"falls/{person}/{scope}/{verb}"
    return fact("said", key, type=f"{verb}/1", scope=scope, person=person, reason="so", day=5)


LIVE = receipt(change("Alder", "silent", "live"), change("Birch", "silent", "live"), wave="one")


def folded(*facts):
    return fold(Standing(), facts)


def modes(standing):
    return {site: spot.mode for (site, _), spot in standing.spots.items()}


def test_a_receipt_says_what_is_live_and_which_wave_is_open():
    standing = folded(LIVE)
    assert modes(standing) == {"Alder": "live", "Birch": "live"}
    assert (standing.waves, standing.parent, standing.expansion) == ({"one": 3}, "d", "moving")


def test_a_hold_takes_effect_with_its_fact():
    before, after = folded(LIVE), folded(LIVE, say("hold"))
    assert after.expansion == "held"
    assert modes(after) == modes(before)
    assert after.digest({}) != before.digest({}), "so that no plan made before fits"


def test_a_suspension_takes_effect_with_its_fact():
    standing = folded(LIVE, say("suspend", "Alder"))
    assert modes(standing) == {"Alder": "suspended", "Birch": "live"}
    assert standing.expansion == "held"
    (exposed,) = [e for e in exposures("falls", standing) if e.site == "Alder"]
    assert exposed.mode == "suspended"
    assert exposed.share == 1.0, "whoever was shown it is to be told that it is down"
    (order,) = standing.orders
    assert [spot.mode for _, spot in order.was] == ["live"], "as it was, for the way back"


def test_lifting_and_resuming_wait_for_their_receipt():
    held = folded(LIVE, say("suspend", "Alder"))
    asked = fold(held, [say("lift", "Alder")])
    assert modes(asked)["Alder"] == "suspended"
    (_, order) = asked.orders
    lifted = fold(
        asked,
        [
            receipt(
                change("Alder", "suspended", "silent", share=(0.0, 0.0)),
                plan="e", cause="person", answers=order.key, expansion="held",
            )
        ],
    )  # fmt: skip
    assert modes(lifted)["Alder"] == "silent"
    assert lifted.expansion == "held"


def test_there_is_nothing_to_lift_where_nothing_is_suspended_and_never_will_be():
    standing = folded(LIVE, say("lift", "Alder"), say("suspend", "Alder"))
    assert [order.verb for order in standing.orders] == ["suspend"]
    assert modes(standing)["Alder"] == "suspended"


def test_a_suspension_made_anew_is_not_lifted_by_what_was_said_before():
    first = say("suspend", "Alder", key="a/suspend")
    standing = folded(LIVE, first, say("lift", "Alder"), say("suspend", "all", key="b/suspend"))
    assert [order.verb for order in standing.orders] == ["suspend", "suspend"]
    crossed = receipt(
        change("Alder", "live", "suspended", share=(1.0, 0.0)),
        plan="s", cause="safety", answers="x", expansion="held",
    )  # fmt: skip
    standing = folded(LIVE, first, say("lift", "Alder"), crossed)
    assert [order.verb for order in standing.orders] == ["suspend"]


def test_resuming_ends_the_holds_that_stood_when_it_was_said_and_no_later_one():
    standing = folded(LIVE, say("hold", "Alder"), say("resume"), say("hold", "Birch"))
    resume = next(order for order in standing.orders if order.verb == "resume")
    done = receipt(plan="e", cause="person", answers=resume.key, expansion="moving")
    after = fold(standing, [done])
    assert [hold.scope for hold in after.holds.values()] == ["Birch"]
    assert after.expansion == "held"


def test_a_hold_that_came_with_a_suspension_outlives_resuming():
    standing = folded(LIVE, say("hold", "Birch"), say("suspend", "Alder"), say("resume"))
    resume = next(order for order in standing.orders if order.verb == "resume")
    done = receipt(plan="e", cause="person", answers=resume.key, expansion="moving")
    after = fold(standing, [done])
    assert [hold.scope for hold in after.holds.values()] == ["Alder"]


def test_the_same_order_twice_is_one():
    standing = folded(LIVE, say("hold"), say("hold"))
    assert len(standing.orders) == len(standing.holds) == 1


def test_a_gateway_that_did_not_read_back_is_in_doubt_until_it_does_or_its_lease_ends():
    standing = folded(receipt(read_back={"g1": 7}, not_confirmed=["g2", "g3"]))
    assert standing.not_confirmed(NOW) == ("g2", "g3")
    for seq, left in ((6, ("g2", "g3")), (7, ("g3",)), (8, ("g3",))):
        heard = fact("acted", f"g2/{seq}", type="read_back/1", gateway="g2", seq=seq)
        assert fold(standing, [heard]).not_confirmed(NOW) == left
    assert standing.not_confirmed(NOW + timedelta(seconds=29)) == ("g2", "g3")
    assert standing.not_confirmed(NOW + timedelta(seconds=30)) == ()


def test_a_gateway_that_cannot_serve_what_it_took_has_not_confirmed():
    standing = folded(receipt(not_confirmed=["g2"]))
    half = fact("acted", "g2", type="read_back/1", gateway="g2", seq=9, not_loaded=[["f", "r1"]])
    assert fold(standing, [half]).not_confirmed(NOW) == ("g2",)


def test_a_plan_waits_with_its_signatures_until_anything_is_done(making):
    plan = fact(
        "decided", "p", type="plan/1", digest="abc", plan=msgspec.to_builtins(making.plan())
    )
    signed = fact("said", "s", type="sign_off/1", digest="abc", role="cmio", person="tom")
    stray = fact("said", "t", type="sign_off/1", digest="zzz", role="cmio", person="tom")
    standing = folded(signed, plan, signed, stray)
    assert [s.person for s in standing.pending["abc"].signed] == ["tom"]
    assert list(standing.pending) == ["abc"]
    assert fold(standing, [LIVE]).pending == {}


def test_a_crossing_is_answered_once_and_remembered_when_it_is_resumed():
    held = receipt(plan="h", cause="caution", scope="Alder", answers="caution/x", expansion="held")
    standing = folded(LIVE, held, say("resume"))
    assert standing.held_for == {"Alder": 3}
    done = receipt(plan="e", cause="person", expansion="moving", answers=standing.orders[0].key)
    after = fold(standing, [done])
    assert after.holds == {}
    assert after.expansion == "moving"
    assert "caution/x" in after.answered


@pytest.mark.parametrize("unit", ["*", "icu"])
def test_a_unit_of_a_suspended_site_is_suspended(unit):
    standing = folded(LIVE, say("suspend", "Alder"))
    assert standing.is_suspended("Alder", unit)
    assert not standing.is_suspended("Birch", unit)


def test_the_digest_is_of_the_state_and_of_nothing_else():
    one = folded(LIVE)
    assert one.digest({"a": "1"}) != one.digest({"a": "2"})
    assert one.digest({"a": "1"}) == folded(LIVE, say("resume")).digest({"a": "1"})
