"""CDS Hooks, against the specification's own examples."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from attending.errors import Refused
from attending.serve.card import Card
from attending.serve.channel import NotUnderstood
from attending.serve.channels.cds_hooks import HOOKS, cds_hooks

CARD_WORDS = {"uuid", "summary", "detail", "indicator", "source", "overrideReasons"}


@pytest.fixture(scope="module")
def examples(data):
    folder = data / "cds-hooks" / "examples"
    if not folder.is_dir():
        pytest.skip("the specification's examples are not on this machine")
    return {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}


def tool(making, tmp_path, hook):
    card = {"summary": "s", "limits": "l", "call": "c"}
    flow = {"channel": "cds_hooks", "hook": hook, "card": card}
    return making.tool(tmp_path, case=making.use_case(workflow=flow))


def fits(message):
    """Tell whether an example has what its hook requires; some only illustrate."""
    context, wanted = message["context"], HOOKS[message["hook"]]
    return all(isinstance(context.get(name), kind) for name, kind in wanted.items())


def test_every_whole_request_of_the_specification_is_understood(making, tmp_path, examples):
    requests = [e for name, e in examples.items() if name.endswith("-request")]
    whole = [message for message in requests if fits(message)]
    assert len(whole) >= 4
    for message in requests:
        here = tool(making, tmp_path, message["hook"])
        if message in whole:
            ask = cds_hooks.ask(message, here, "alder")
            assert ask.patient == message["context"]["patientId"]
            assert ask.prefetch == message.get("prefetch", {})
        else:
            with pytest.raises(NotUnderstood, match="is required"):
                cds_hooks.ask(message, here, "alder")


def test_the_contexts_of_the_specification_are_understood(making, tmp_path, examples):
    contexts = [e["context"] for name, e in examples.items() if name.endswith("-context")]
    tools = {hook: tool(making, tmp_path, hook) for hook in HOOKS}
    n = 0
    for hook, context in ((h, c) for h in HOOKS for c in contexts):
        message = {"hook": hook, "hookInstance": str(uuid4()), "context": context}
        if fits(message):
            assert cds_hooks.ask(message, tools[hook], "alder").context == context
            n += 1
    assert n > 50


def test_every_feedback_of_the_specification_is_read(examples):
    found = [
        response
        for name, message in examples.items()
        if name.endswith("-feedback")
        for response in cds_hooks.responses(message)
    ]
    assert [r.unread for r in found] == [""] * len(found)
    assert {r.word for r in found} == {"accepted", "overridden"}
    assert any(r.comment and r.reason[1] for r in found)


def test_a_card_uses_only_words_of_the_specification():
    card = Card(str(uuid4()), "s", "info", "d", "Watch", ("patient-refuses",))
    (written,) = json.loads(cds_hooks.answer([card]))["cards"]
    assert set(written) == CARD_WORDS
    assert set(written["source"]) == {"label"}
    assert written["overrideReasons"][0]["display"]
    assert json.loads(cds_hooks.answer([])) == {"cards": []}


def test_a_declared_suggestion_is_one_button_that_can_be_accepted():
    card = Card(str(uuid4()), "s", "info", "d", "Watch", (), "I have reviewed the drugs")
    (written,) = json.loads(cds_hooks.answer([card]))["cards"]
    (button,) = written["suggestions"]
    assert set(written) == CARD_WORDS - {"overrideReasons"} | {"suggestions", "selectionBehavior"}
    assert written["selectionBehavior"] == "at-most-one"
    assert set(button) == {"label", "uuid"}
    assert json.loads(cds_hooks.answer([card]))["cards"] == [written]

    said = {
        "card": card.uuid,
        "outcome": "accepted",
        "outcomeTimestamp": "2026-10-13T08:00:00Z",
        "acceptedSuggestions": [{"id": button["uuid"]}],
    }
    (response,) = cds_hooks.responses({"feedback": [said]})
    assert (response.unread, response.word) == ("", "accepted")
    assert response.suggestions == (button["uuid"],)


@pytest.mark.parametrize(
    "change",
    [
        {"hook": "order-sign"},
        {"hook": None},
        {"hookInstance": "7"},
        {"hookInstance": None},
        {"context": None},
        {"context": []},
        {"context": {"userId": "u"}},
        {"context": {"userId": "u", "patientId": 7}},
        {"context": {"userId": "u", "patientId": "p" * 300}},
        {"context": {"userId": "u\0", "patientId": "p"}},
        {"prefetch": []},
        {"extension": {"org.attending.unit": 7}},
    ],
)
def test_a_call_that_is_not_one_is_refused_without_quoting_it(making, tmp_path, change):
    message = making.question(patient="canary") | change
    with pytest.raises(NotUnderstood) as refused:
        cds_hooks.ask(message, tool(making, tmp_path, "patient-view"), "alder")
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_what_a_hook_requires_is_required(making, tmp_path, hook):
    values = {str: "x", list: [], dict: {}}
    context = {name: values[kind] for name, kind in HOOKS[hook].items()}
    message = {"hook": hook, "hookInstance": str(uuid4()), "context": context}
    here = tool(making, tmp_path, hook)
    cds_hooks.ask(message, here, "alder")
    for name in HOOKS[hook]:
        less = {k: v for k, v in context.items() if k != name}
        with pytest.raises(NotUnderstood, match=name):
            cds_hooks.ask(message | {"context": less}, here, "alder")


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"card": "7"}, "card"),
        ({"card": None}, "card"),
        ({"outcome": "ignored"}, "outcome"),
        ({"outcomeTimestamp": "yesterday"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "2026-10-13T08:00:00"}, "outcomeTimestamp"),
        ({"outcome": "accepted"}, "acceptedSuggestions"),
        ({"outcome": "accepted", "acceptedSuggestions": []}, "acceptedSuggestions"),
        ({"outcome": "accepted", "acceptedSuggestions": [{"id": "7"}]}, "acceptedSuggestions"),
        ({"acceptedSuggestions": [{"id": str(uuid4())}]}, "acceptedSuggestions"),
        ({"overrideReason": "busy"}, "overrideReason"),
        ({"overrideReason": {"reason": "busy"}}, "overrideReason"),
        ({"overrideReason": {"reason": {"code": 7}}}, "overrideReason"),
        ({"overrideReason": {"userComment": ["x"]}}, "userComment"),
    ],
)
def test_one_unreadable_entry_is_kept_aside_and_says_why(change, because):
    entry = {
        "card": str(uuid4()),
        "outcome": "overridden",
        "outcomeTimestamp": "2026-10-13T08:00:00Z",
    }
    good, bad = cds_hooks.responses({"feedback": [entry, entry | change]})
    assert good.unread == ""
    assert bad.unread == because
    assert bad.card == ""


@pytest.mark.parametrize(
    "message", [{}, {"feedback": []}, {"feedback": {}}, {"feedback": [1] * 501}]
)
def test_what_is_no_feedback_is_refused(message):
    with pytest.raises(NotUnderstood):
        cds_hooks.responses(message)


def test_an_unknown_hook_is_refused_when_the_gateway_is_built(making, tmp_path):
    with pytest.raises(Refused, match="no hook"):
        tool(making, tmp_path, "order-dream")
