"""The gate's sentences and its picture are the same numbers."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from itertools import pairwise
from math import inf

import pytest

from attending.decide.words import number

SCOPES = ["east", "west", "all"]


def page(console, scope, **query):
    return console.get(f"/gates/watch_alert/{scope}", params=query).text


def chart(console, scope, **query):
    return console.get(f"/gates/watch_alert/{scope}/confidence_sequence.json", params=query).json()


def sentence(text):
    return unescape(re.search(r'<span id="because">(.*?)</span>', text, re.DOTALL)[1])


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("day", [None, 10, 20, 33, 45])
def test_the_sentence_says_the_picture_s_last_point(console, scope, day):
    query = {} if day is None else {"as_of": day}
    said = sentence(page(console, scope, **query))
    last = chart(console, scope, **query)["data"]["values"][-1]

    interval = f"{number(last['value'], 'ratio')} ({number(last['low'], 'ratio')} to"
    assert interval in said
    assert f"{number(last['high'], 'ratio')})" in said
    of = [int(n.replace(",", "")) for n in re.findall(r"([\d,]+) of ([\d,]+)", said)[0]]
    against = [int(n.replace(",", "")) for n in re.findall(r"([\d,]+) of ([\d,]+)", said)[1]]
    assert of[1] + against[1] == last["cases"]
    assert of[0] + against[0] == last["events"]


@pytest.mark.parametrize("scope", SCOPES)
def test_the_title_is_the_finding_and_a_settled_bound_agrees(console, scope, replayed):
    told = next(s for s in replayed[1]["scopes"] if s["scope"] == scope)
    drawn = chart(console, scope)

    assert drawn["title"]["text"].lower().endswith(told["finding"].lower())
    day = told["settled_on"]
    then = next((r for r in drawn["data"]["values"] if r["day"] == day), None)
    assert (then is None) == (told["found"] == "cannot tell yet")
    if told["found"] == "no worse than":
        assert then["high"] < 1.25
    if told["found"] == "worse than promised":
        assert then["low"] > 0.80
    if told["found"] == "shown to harm":
        assert then["low"] > 1.0


@pytest.mark.parametrize("scope", SCOPES)
def test_the_band_never_widens_while_it_holds_the_estimate(console, scope):
    for before, now in pairwise(chart(console, scope)["data"]["values"]):
        low, high = before["low"] or 0.0, before["high"] or inf
        if low <= now["value"] <= high:
            assert (now["low"] or 0.0) >= low
            assert (now["high"] or inf) <= high


def test_each_number_leads_to_its_fact(console):
    rows = chart(console, "west")["data"]["values"]
    text = page(console, "west")

    for row in (rows[0], rows[-1]):
        assert f'href="/facts/{row["fact"]}"' in text
        fact = console.get(f"/facts/{row['fact']}").text
        assert "decided/1" in fact


def test_the_table_is_the_picture_s_data(console):
    rows = chart(console, "west")["data"]["values"]
    told = list(
        csv.reader(io.StringIO(console.get("/gates/watch_alert/west/confidence_sequence.csv").text))
    )

    assert len(told) == len(rows) + 1
    assert float(told[-1][5]) == rows[-1]["value"]


def test_every_verdict_has_its_word(console, replayed):
    from attending.report.text import WORDS

    for scope in replayed[1]["scopes"]:
        text = page(console, scope["scope"])
        for verdict in scope["verdicts"]:
            assert f"</span>{WORDS[verdict['listed']][verdict['word']]}</span>" in text


def test_a_crossed_rule_says_why_it_was_crossed(console, replayed):
    """What settled it is said, not today's evidence, which may have fallen back since."""
    text = page(console, "east")

    assert "crossed" in text
    assert "not shown to be worse" not in text


def test_floor_and_goal_are_on_the_picture(console):
    layers = str(chart(console, "west")["layer"])

    assert "floor 1.25" in layers
    assert "goal 0.80" in layers


def test_what_is_missing_is_said_in_cases(console, replayed):
    text = page(console, "west", as_of=6)

    assert "What is missing" in text
    assert "more cases" in text
