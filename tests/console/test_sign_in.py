"""Nobody looks in without a token, and a token works once."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from attending.console.app import build
from attending.console.guard import hostname
from attending.console.sign_in import Sessions

ORIGIN = "http://localhost:8321"
CLOSED = ["/", "/use-cases", "/audit", "/facts/0", "/gates/watch_alert/all", "/nowhere"]
OURS = {"origin": ORIGIN}


@pytest.fixture
def parts(store, make_parts):
    return make_parts(store)


@pytest.fixture
def stranger(parts):
    return TestClient(build(parts), base_url=ORIGIN, follow_redirects=False)


def form(parts, **over):
    return {"token": parts.sessions.issue(), "person": "chair-post"} | over


@pytest.mark.parametrize("path", CLOSED)
def test_a_stranger_sees_nothing(stranger, path):
    answer = stranger.get(path)

    assert answer.status_code in (401, 404)
    assert "watch" not in answer.text.replace("watch_alert/all", "")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/sign-in", "/static/attending.css"])
def test_four_doors_stand_open(stranger, path):
    assert stranger.get(path).status_code == 200


def test_a_token_works_once(parts, stranger):
    sent = form(parts)

    assert stranger.post("/sign-in", data=sent, headers=OURS).status_code == 303
    again = TestClient(build(parts), base_url=ORIGIN, follow_redirects=False)
    refused = again.post("/sign-in", data=sent, headers=OURS)
    assert refused.status_code == 401
    assert "used already" in refused.text
    assert again.get("/").status_code == 401


def test_a_wrong_token_is_refused_in_plain_words(parts, stranger):
    answer = stranger.post("/sign-in", data=form(parts, token="guess"), headers=OURS)

    assert answer.status_code == 401
    assert "That token is not known" in answer.text


def test_whoever_signs_in_says_who_they_are(parts, stranger):
    sent = form(parts, person="  ")

    assert stranger.post("/sign-in", data=sent, headers=OURS).status_code == 401
    sent["person"] = "chair-post"
    assert stranger.post("/sign-in", data=sent, headers=OURS).status_code == 303


def test_the_cookie_is_for_this_console_alone(parts, stranger):
    cookie = stranger.post("/sign-in", data=form(parts), headers=OURS).headers["set-cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie


def test_a_session_ends(clock):
    sessions = Sessions(clock)
    made = sessions.exchange(sessions.issue(), "somebody")

    assert sessions.who(made).person == "somebody"
    clock.pass_by(hours=13)
    assert sessions.who(made) is None


def test_a_token_that_nobody_used_ends(clock):
    sessions = Sessions(clock)
    token = sessions.issue()
    clock.pass_by(hours=25)

    assert sessions.exchange(token, "somebody") is None


def test_signing_out_ends_the_session(parts, sign_in):
    client = sign_in(parts)
    csrf = next(iter(parts.sessions._sessions.values())).csrf

    assert client.post("/sign-out", data={"csrf": csrf}, headers=OURS).status_code == 303
    assert client.get("/").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "https://localhost:8321"},
    ],
)
def test_a_form_from_elsewhere_does_nothing(parts, stranger, headers):
    assert stranger.post("/sign-in", data=form(parts), headers=headers).status_code == 403


def test_a_form_without_its_token_does_nothing(parts, sign_in):
    client = sign_in(parts)

    for sent in ({}, {"csrf": ""}, {"csrf": "guess"}):
        assert client.post("/sign-out", data=sent, headers=OURS).status_code == 403
    assert client.get("/").status_code == 200


def test_a_form_is_bounded(parts, sign_in):
    client = sign_in(parts)

    assert client.post("/sign-out", data={"x": "y" * 100_000}, headers=OURS).status_code == 403
    assert client.post("/sign-out", json={"csrf": "x"}, headers=OURS).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::2]:8321"])
def test_another_name_is_not_answered_to(stranger, host):
    """A page of another site whose name was pointed here (DNS rebinding) reads nothing."""
    assert stranger.get("/healthz", headers={"host": host}).status_code == 421


def test_a_host_is_a_name_and_a_port():
    assert hostname("LOCALHOST:1") == "localhost"
    assert hostname("[::1]:80") == "[::1]"


@pytest.mark.parametrize("cookie", ["attending_session=guess", "attending_session=", "=;=;\x00"])
def test_a_made_up_cookie_is_nobody(stranger, cookie):
    assert stranger.get("/", headers={"cookie": cookie}).status_code == 401
