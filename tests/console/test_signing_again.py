"""Where a rule that binds here asks it, who signs on a page shows again who they are."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner

from attending.cli.actions.rollouts import Actions
from attending.cli.meeting import meeting
from attending.cli.plan import plan
from attending.cli.proof.audit import audit
from attending.cli.rulebook import rulebook
from attending.clock import WallClock
from attending.console.sign_in import Sessions

DEVICE = (
    ("device: not_device", "device: device"),
    ("name: east\n", "name: east\njurisdiction: US-MN\n"),
    ("name: west\n", "name: west\njurisdiction: US-MN\n"),
    ("roles: [cmio, committee_chair]", "roles: [cmio, committee_chair, compliance_officer]"),
)


def typed(verb, *words):
    done = CliRunner().invoke(verb, [*map(str, words)])
    assert done.exit_code in (0, 2), done.output
    return done.stdout


class Told:
    """Gathers the tokens that are told where attending runs."""

    def __init__(self):
        self.tokens = []

    def __call__(self, token):
        self.tokens.append(token)


class Later(WallClock):
    """The machine's time, and how far a test has moved it on."""

    ahead = None

    def now(self):
        now = super().now()
        return now if self.ahead is None else now + self.ahead


@pytest.fixture
def device(two_waves, tmp_path, make_parts, desk_of):
    """Give people at a console over a device, where a compliance officer has confirmed the rule
    on signing; the tokens that were told; and the clock that sessions go by.
    """
    text = (two_waves / "specs.yaml").read_text("utf-8")
    for before, after in DEVICE:
        assert before in text
        text = text.replace(before, after)
    folder, store = tmp_path / "watch_alert", tmp_path / "device"
    folder.mkdir()
    (folder / "specs.yaml").write_text(text, "utf-8")
    typed(plan, folder, "--store", store)
    typed(
        rulebook, "confirm", "us-part11/signing-again", "--as", "cmio-post",
        "--read-where", "the official text, section 11.200", "--store", store,
    )  # fmt: skip
    clock, told = Later(), Told()
    made = make_parts(store, WallClock(), actions=Actions(store), tell_token=told)
    return desk_of(replace(made, sessions=Sessions(clock))), told, clock


def voted(desk):
    facts = [e.fact for e in desk.parts.reader.entries(kinds=("said",))]
    return [f.body["signature"] for f in facts if f.type == "vote/1"]


def shows(desk, told, person, back="/"):
    """Have a token printed, and bring it."""
    desk.at(person)
    assert desk.post("/sign-in/again", person, what="tell").status_code == 200
    answer = desk.post("/sign-in/again", person, token=told.tokens[-1], back=back)
    desk._csrf[person] = list(desk.parts.sessions._sessions.values())[-1].csrf
    return answer


def test_a_vote_and_a_closing_wait_until_who_signs_has_shown_again_who_they_are(device):
    desk, told, clock = device
    packet = desk.put()
    there = f"/committee/{packet}"

    assert "Show again who you are" in desk.page("nurse-post", there)
    refused = desk.meet(packet, "nurse-post", choice="decline")
    assert refused.status_code == 409
    assert "at most 5 minutes" in refused.text
    assert desk.meet(packet, "chair-post", "close").status_code == 409
    assert voted(desk) == []

    answer = shows(desk, told, "nurse-post", back=there)
    assert (answer.status_code, answer.headers["location"]) == (303, there)
    assert "Your vote, nurse-post" in desk.page("nurse-post", there)
    assert desk.meet(packet, "nurse-post", choice="decline").status_code == 303
    (signed,) = voted(desk)
    assert signed["auth"] == ["token"]
    assert signed["re_auth_at"] <= signed["at"]

    shows(desk, told, "chair-post")
    clock.ahead = timedelta(minutes=6)
    late = desk.meet(packet, "chair-post", choice="decline")
    assert late.status_code == 409
    assert len(voted(desk)) == 1


def test_whoever_types_at_the_store_is_vouched_for_by_it_and_the_record_says_so(device):
    desk, _, _ = device
    packet = desk.put()
    typed(meeting, "vote", packet, "--choice", "decline", "--as", "nurse-post", "--store",
          desk.parts.store)  # fmt: skip

    (signed,) = voted(desk)

    assert signed["auth"] == ["store"]
    assert "re_auth_at" not in signed


def test_a_token_shows_who_one_is_once_and_another_session_is_drawn(device):
    desk, told, _ = device
    before = desk.at("nurse-post").cookies["attending_session"]
    assert desk.post("/sign-in/again", "nurse-post", token="guess").status_code == 401
    shows(desk, told, "nurse-post")

    assert desk.parts.sessions.who(before) is None
    again = desk.post("/sign-in/again", "nurse-post", token=told.tokens[-1])
    assert again.status_code == 401
    for back in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"):
        answer = shows(desk, told, "nurse-post", back=back)
        assert answer.headers["location"] == "/"


def test_the_answer_on_who_approved_says_how_each_was_recognized(device):
    desk, told, _ = device
    packet = desk.put()
    shows(desk, told, "nurse-post")
    desk.meet(packet, "nurse-post", choice="decline")

    page = desk.page("nurse-post", f"/committee/{packet}")

    assert re.search(r"nurse-post</th>.{0,200}Decline", page, re.DOTALL)
    told = json.loads(typed(audit, "q", "3", "--store", desk.parts.store, "-o", "json"))
    rows = [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]
    (vote,) = [row for row in rows if row["what"] == "vote"]
    assert vote["vouched"] == f"token, shown again at {voted(desk)[0]['re_auth_at']}"


def test_a_plan_is_signed_by_whoever_has_shown_again_who_they_are(live, monkeypatch):
    monkeypatch.setattr("attending.loops.system.vouching.asks_again", lambda *_: True)
    monkeypatch.setattr("attending.console.governance.again.asks_again", lambda *_: True)
    told = Told()
    live.parts = replace(live.parts, tell_token=told)

    assert "/sign-in/again?back=/rollouts/watch_alert" in live.page("chair-post")
    assert live.sign("chair-post", "committee_chair").status_code == 409
    shows(live, told, "chair-post")
    assert live.sign("chair-post", "committee_chair").status_code == 303

    (fact,) = [e.fact for e in live.course.said if e.fact.type == "sign_off/1"]
    signature = fact.body["signature"]
    assert (signature["person"], signature["auth"]) == ("chair-post", ["token"])
    assert signature["digest"] == fact.body["digest"]
    assert signature["re_auth_at"] <= signature["at"]
