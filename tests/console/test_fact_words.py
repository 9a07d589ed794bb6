"""Each fact that people come to has a sentence, and the sentence is the fact's own."""

from __future__ import annotations

from html import unescape

import pytest

from attending.console.fact_words import in_words
from attending.facts.fact import By, Fact


def said(kind, **body):
    return in_words(
        Fact(
            kind="said",
            key="k",
            at="",
            by=By(person="x"),
            use_case="u",
            body={"type": kind, **body},
        )
    )


def test_every_fact_of_a_story_has_a_sentence(parts, live):
    for each in (parts, live.parts):
        told = {e.fact.type: in_words(e.fact) for e in each.reader.entries()}
        assert {kind for kind, words in told.items() if not words} == set()
        assert not [words for words in told.values() if "{" in words or "  " in words]
        assert all(words.endswith(".") for words in told.values())


def test_a_receipt_is_told_with_its_reason_and_who_did_not_confirm(live):
    live.go_live()
    live.hear("ward")
    live.order("suspend")
    receipt = live.course.receipts[-1]
    words = in_words(receipt.fact, {"east": live.course.title_of("east")})

    day = receipt.fact.body["day"]
    assert f"On day {day} East <img src=x onerror=alert(1)> was suspended: nurse-post: " in words
    assert "At the time gateway ward had not confirmed it." in words
    assert words in unescape(live.page(path=f"/facts/{receipt.index}"))


@pytest.mark.parametrize(
    ("read", "missing", "words"),
    [
        (["a"], [], "done. Gateway a had read it back."),
        (["a", "b", "c"], ["c"], "Gateways a and b had read it back. At the time gateway c had"),
        ([], ["c", "d"], "done. At the time gateways c and d had not confirmed it."),
        ([], [], "done."),
    ],
)
def test_a_receipt_says_of_each_gateway_that_it_is_one_and_what_it_did(read, missing, words):
    told = said("receipt/1", move="hold", scope="east", day=3, because="done",
                read_back=read, not_confirmed=missing)  # fmt: skip
    assert told.startswith("On day 3 east was held: done.")
    assert words in told


@pytest.mark.parametrize(("scope", "words"), [("all", "all sites together"), ("east", "east")])
def test_an_order_names_who_gave_it(scope, words):
    told = said("hold/1", scope=scope, person="chair-post", reason="it misfires", day=3)
    assert told == f"chair-post ordered: hold {words}, since it misfires."


def test_a_fact_of_an_unknown_kind_is_shown_without_a_sentence():
    assert said("something/1") == ""


def fact_of(kind, body):
    return Fact(kind=kind, key="k", at="", by=By(person="x"), body=body)


def test_sites_are_told_by_their_titles_and_waves_by_their_names():
    receipt = {"type": "receipt/1", "day": 3, "because": "rows at a: 1", "scope": "a"}
    for move, where in (("hold", "Alder was held"), ("advance", "wave a was opened")):
        fact = fact_of("acted", receipt | {"move": move})
        assert in_words(fact, {"a": "Alder"}) == f"On day 3 {where}: rows at Alder: 1."
    found = {"type": "decided/1", "day": 3, "findings": [{"scope": "a", "found": "shown to help"}]}
    fact = fact_of("decided", found)
    assert "Alder shown to help" in in_words(fact, {"a": "Alder"})
