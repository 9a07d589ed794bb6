"""What do we have: every use case with its owner and its places."""

from __future__ import annotations


def test_owner_and_places_are_there(console):
    text = console.get("/use-cases").text

    assert "owner-post" in text
    assert "West" in text
    assert "suspended" in text
    assert "live" in text


def test_predictions_are_counted_once(console, replayed):
    assert f"{replayed[1]['source']['rows']:,}" in console.get("/use-cases").text
