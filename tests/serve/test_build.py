"""What could not be answered with is refused when the gateway starts, or never."""

from __future__ import annotations

import pytest

from attending.errors import NoSuchName, Refused
from attending.serve.card import Ground, advice, notice
from attending.serve.listen import check_address
from attending.serve.tool import Tools

INPUTS = {"creatinine": "prefetch.labs.entry[code=2160-0].valueQuantity.value"}


def flow(making, **card):
    given = {"summary": "s", "limits": "l", "call": "c"} | card
    return {"channel": "cds_hooks", "hook": "patient-view", "card": given}


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"model": None}, "names none"),
        ({"model": {"model": "other"}}, "names other"),
        ({"inputs": INPUTS}, "no 'sex'"),
        ({"model": {"model": "kidney", "on_missing": {"sexx": "fill"}}}, "did you mean 'sex'"),
        ({"model": {"model": "kidney", "on_missing": {"sex": "guess"}}}, "on_missing"),
        ({"model": {"model": "kidney", "on_missing": "fill"}}, "nothing to fill with"),
        ({"inputs": INPUTS | {"sex": "prefetch.thing.gender"}}, "what prefetch.thing is"),
        ({"inputs": INPUTS | {"sex": "context.userId"}}, "identifier"),
    ],
)
def test_a_use_case_that_could_not_be_served_is_refused(making, tmp_path, over, words):
    with pytest.raises(Refused, match=words):
        making.tool(tmp_path, case=making.use_case(**over))


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ({"summary": "{creatinin}"}, "did you mean 'creatinine'"),
        ({"detail": "{sexx}"}, "did you mean 'sex'"),
        ({"override_reasons": ["patient-inelegible"]}, "did you mean 'patient-ineligible'"),
    ],
)
def test_a_card_that_quotes_what_is_not_there_is_refused(making, tmp_path, card, words):
    with pytest.raises(NoSuchName, match=words):
        making.tool(tmp_path, case=making.use_case(workflow=flow(making, **card)))


def test_an_engine_or_channel_that_stands_in_no_room_is_refused(making, tmp_path):
    with pytest.raises(NoSuchName, match="did you mean 'rules'"):
        making.tool(tmp_path, made=making.model(engine="ruless"))
    other = flow(making) | {"channel": "cds_hook"}
    with pytest.raises(NoSuchName, match="did you mean 'cds_hooks'"):
        making.tool(tmp_path, case=making.use_case(workflow=other))


def test_one_release_stands_once(making, tmp_path):
    twice = (making.tool(tmp_path), making.tool(tmp_path))
    with pytest.raises(Refused, match="twice"):
        Tools(twice)


def test_text_from_a_record_cannot_dress_up_a_card(making):
    case = making.use_case(workflow=flow(making, summary="See {x}", detail="{x}"))
    hostile = "![a](https://evil.example/?p=1) <script>x</script> {x} " + "long " * 50
    ground = Ground(0.5, None, None, {}, (), {"x": hostile})
    card = advice(case, "u", ground)

    assert len(card.summary) < 140
    for mark in ("<", ">", "[", "](", "!["):
        assert mark not in card.summary
        assert mark not in card.detail


def test_a_summary_is_cut_and_a_notice_always_fits(making):
    case = making.use_case(
        title="T" * 300, workflow=flow(making, summary="{a} {b} {c}" + "x" * 100)
    )
    ground = Ground(None, None, None, {"a": "absent"}, (), dict.fromkeys("abc", "y" * 500))
    assert len(advice(case, "u", ground).summary) < 140
    for suspended in (True, False):
        assert len(notice(case, "u", suspended=suspended).summary) < 140


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_loopback_may_stand_open(host):
    check_address(host, is_authenticated=False, is_encrypted=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "gateway.example"])
def test_nothing_else_may(host):
    with pytest.raises(Refused, match="authenticated"):
        check_address(host, is_authenticated=False, is_encrypted=True)
    with pytest.raises(Refused, match="encryption"):
        check_address(host, is_authenticated=True, is_encrypted=False)
    check_address(host, is_authenticated=True, is_encrypted=True)
