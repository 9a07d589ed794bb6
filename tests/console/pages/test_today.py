"""Today: what was planted is said first, in sentences that lead to why."""

from __future__ import annotations

import re
from html import unescape

import pytest


def sentences(console, day=None):
    text = console.get("/", params={} if day is None else {"as_of": day}).text
    found = re.findall(r'<li[^>]*>\s*<span class="tag[^"]*">(.*?)</li>', text, re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>|\s+", " ", each)) for each in found]


def test_harm_comes_first_and_says_that_nothing_was_shown_since(console, replayed):
    first = sentences(console)[0]
    day = next(m["day"] for m in replayed[1]["moves"] if m["move"] == "suspend")

    assert "suspended" in first
    assert f"East <img src=x onerror=alert(1)> since day {day}" in " ".join(first.split())
    assert "None has been shown there since" in " ".join(first.split())


def test_there_are_at_most_seven_and_each_is_a_link(console):
    text = console.get("/").text

    assert 1 <= len(sentences(console)) <= 7
    assert text.count('<li class="first"') == 1
    listed = text[text.index("<ol") : text.index("</ol>")]
    assert listed.count("<li") == listed.count("<a href=") == len(sentences(console))


def test_the_past_knows_nothing_of_what_came_later(console, replayed):
    day = next(m["day"] for m in replayed[1]["moves"] if m["move"] == "suspend")

    assert not [s for s in sentences(console, day - 1) if "is suspended at" in " ".join(s.split())]
    assert [s for s in sentences(console, day) if "suspended at" in " ".join(s.split())]


def test_a_shown_answer_after_a_suspension_would_be_said(make_parts, store, sign_in):
    parts = make_parts(store)
    course = parts.history.course("watch_alert")
    shown = next(
        d for (site, word, _), d in course.displays.items() if (site, word) == ("east", "shown")
    )
    shown.append(course.cut)

    assert "1 was shown since" in " ".join(" ".join(sentences(sign_in(parts))).split())


@pytest.mark.parametrize("day", [0, 2])
def test_before_anything_matured_it_says_what_is_waited_for(console, day):
    assert any("Cannot tell yet about" in " ".join(s.split()) for s in sentences(console, day))


def test_a_ledger_that_does_not_verify_is_said_above_all(make_parts, store, sign_in):
    parts = make_parts(store)
    client = sign_in(parts)
    parts.verifying.now()
    object.__setattr__(parts.verifying.last, "holds", False)

    assert "The ledger does not verify" in client.get("/").text


def test_an_empty_store_teaches(make_parts, tmp_path, sign_in):
    from attending.ledger.open_ledger import open_ledger

    reader, pen = open_ledger(tmp_path / "empty")
    pen.close()
    reader.close()

    assert "attending up" in sign_in(make_parts(tmp_path / "empty")).get("/").text
