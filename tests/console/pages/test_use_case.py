"""Claimed and found stand side by side, and both are somebody's own words and numbers."""

from __future__ import annotations

from attending.console.pages.use_case import metric_words


def test_what_was_claimed_is_the_spec_s(console):
    text = console.get("/use-cases/watch_alert").text

    assert '<p class="figure">0.80</p>' in text
    assert "by day 60, from 1.00" in text


def test_what_was_found_is_the_report_s(console, replayed):
    text = console.get("/use-cases/watch_alert").text

    for scope in replayed[1]["scopes"]:
        estimate = scope["estimate"]
        assert f"{estimate['low']:.2f} to {estimate['high']:.2f}" in text
        assert f"{estimate['n_cases']:,}" in text


def test_who_answers_and_who_watches_is_there(console):
    text = console.get("/use-cases/watch_alert").text

    for said in ("owner-post", "sponsor-post", "champion-post", "chair-post", "suspend", "daily"):
        assert said in text


def test_without_specs_nothing_is_claimed(make_parts, store, sign_in, monkeypatch):
    parts = make_parts(store)
    for entry in parts.history.course("watch_alert").specs:
        entry.fact.body.pop("documents")
    text = sign_in(parts).get("/use-cases/watch_alert").text

    assert "only what was found can be shown" in text
    assert "0.80" not in text.partition("What may be said")[0]


def test_a_metric_is_called_what_its_own_file_says():
    assert metric_words("outcomes.risk_ratio").startswith("Risk ratio")
