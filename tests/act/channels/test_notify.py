"""No notice is lost, none keeps anything from being stopped, and none tells too much."""

from __future__ import annotations

import itertools
import json
import threading
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.act.channels import smtp as smtp_room
from attending.admit import admit
from attending.decide.notice import MOST_TRIES, Notices, subject, text
from attending.errors import NoSuchName, Refused
from attending.facts.entry import Entry
from attending.facts.fact import By, Fact
from attending.ledger.open_ledger import open_ledger
from attending.loops.books import Books
from attending.loops.notify import (
    Sender,
    acknowledge,
    contacts_of,
    declare_playbook,
    following,
    sending,
)

FIRST = {"of": "incident", "severity_at_most": 2, "to": "safety-officer", "by": "smtp",
         "acknowledge_within_minutes": 15, "then": [{"to": "cmio", "by": "pager"}]}  # fmt: skip


def sender(ward, office):
    return Sender(ward.books, office.contacts)


def test_who_must_be_told_is_told_once_and_it_is_on_record(ward, office):
    there = ward(FIRST)
    there.incident()
    there.incident("falls-2", severity=3)
    sends = sender(there, office)
    assert (sends.once(), sends.once()) == (1, 0)
    (letter,) = office.letters
    assert "Incident, severity 1: wrong output, falls at Elm" in letter
    assert "https://console.example/incidents/falls-1" in letter
    (told,) = there.facts("notice/1")
    assert (told["to"], told["channel"], told["template"]) == ("safety-officer", "smtp", "incident")
    assert told["sent_at"]
    assert f"<{told['notice']}.trigger@attending>" in letter


def test_one_that_died_between_sending_and_recording_sends_again_under_the_same_id(ward, office):
    there = ward(FIRST)
    there.incident()

    class Dies(Books):
        def write(self, facts, payloads=()):
            raise KeyboardInterrupt

    dying = Dies(there.books.reader, there.books.pen, there.books.clock)
    with pytest.raises(KeyboardInterrupt):
        Sender(dying, office.contacts).once()
    assert there.facts("notice/1") == []
    assert sender(there, office).once() == 1
    ids = [
        line for letter in office.letters for line in letter.splitlines() if "Message-ID" in line
    ]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_server_that_is_down_is_tried_again_less_and_less_and_then_somebody_else_is_told(
    ward, office
):
    there = ward(FIRST | {"acknowledge_within_minutes": 600})
    there.incident()
    office.refuses = True
    sends, tries = sender(there, office), []
    for second in range(0, 40 * 60, 10):
        before = len(there.facts("notice/1"))
        sends.once()
        tries += [second] * (len(there.facts("notice/1")) - before)
        there.pass_time(seconds=10)
    failed = [n for n in there.facts("notice/1") if n.get("failed")]
    assert [n["attempt"] for n in failed] == list(range(1, MOST_TRIES + 1))
    assert {n["notice"] for n in failed} == {failed[0]["notice"]}
    waits = [b - a for a, b in itertools.pairwise(tries[: len(failed)])]
    assert waits == sorted(waits)
    assert waits[-1] >= 8 * waits[0]
    (event,) = office.events()
    assert event["payload"]["summary"].endswith("(nobody has acknowledged it yet)")
    assert [n["to"] for n in there.facts("notice/1") if n.get("sent_at")] == ["cmio"]


def test_what_nobody_acknowledges_goes_on_to_the_next_and_what_somebody_does_goes_nowhere(
    ward, office
):
    there = ward(FIRST)
    there.incident("falls-1")
    there.incident("falls-2")
    sends = sender(there, office)
    assert sends.once() == 2
    told = {n["fact"]: n["notice"] for n in there.facts("notice/1")}
    second = told[max(told)]
    assert acknowledge(there.books, second[:10], "safety-officer")
    assert not acknowledge(there.books, second, "cmio")
    there.pass_time(minutes=14)
    assert sends.once() == 0
    there.pass_time(minutes=2)
    assert sends.once() == 1
    (event,) = office.events()
    assert "falls-1" in event["payload"]["custom_details"]["text"]
    with pytest.raises(NoSuchName):
        acknowledge(there.books, "f" * 24, "cmio")


def test_a_pager_stands_down_when_somebody_answers_and_when_it_is_over(ward, office):
    there = ward({"of": "incident", "to": "cmio", "by": "pager"})
    there.incident("falls-1")
    there.incident("falls-2")
    sends = sender(there, office)
    sends.once()
    acknowledge(there.books, there.facts("notice/1")[0]["notice"], "cmio")
    there.write("said", {"type": "closed/1", "incident": "falls-2"})
    assert (sends.once(), sends.once()) == (2, 0)
    signs = [(e["event_action"], e["dedup_key"]) for e in office.events()]
    assert [s for s, _ in signs] == ["trigger", "trigger", "acknowledge", "resolve"]
    assert [k for _, k in signs[2:]] == [k for _, k in signs[:2]]


@pytest.mark.parametrize(
    ("of", "severity", "told_at"),
    [("incident", 4, "2026-10-14T12:00"), ("incident", 2, "2026-10-14T03:00"),
     ("suspension", 4, "2026-10-14T03:00")],
)  # fmt: skip
def test_quiet_hours_keep_what_can_wait_and_nothing_else(ward, office, of, severity, told_at):
    quiet = {"from_time": "22:00", "to_time": "07:00", "timezone": "America/Chicago",
             "of": ["incident", "suspension"]}  # fmt: skip
    there = ward({"of": of, "to": "cmio", "by": "smtp"}, quiet=[quiet])
    there.pass_time(hours=15)  # 03:00 UTC is 22:00 in Chicago
    if of == "incident":
        there.incident(severity=severity)
    else:
        receipt = {"type": "receipt/1", "move": "suspend", "plan": "d", "changes": []}
        there.write("acted", receipt)
    sends = sender(there, office)
    for _ in range(20):
        if sends.once():
            break
        there.pass_time(hours=1)
    at = datetime.fromisoformat(there.facts("notice/1")[0]["sent_at"])
    assert abs(at - datetime.fromisoformat(f"{told_at}+00:00")) < timedelta(minutes=1)


def test_nobody_is_told_of_what_was_before_the_playbook(ward, office, tmp_path):
    there = ward(FIRST)
    there.incident("falls-1")
    assert sender(there, office).once() == 1
    path = tmp_path / "another.yaml"
    path.write_text(json.dumps({"kind": "Playbook", "name": "p", "tells": [
        FIRST, {"of": "incident", "to": "safety-officer", "by": "smtp"},
    ]}))  # fmt: skip
    assert declare_playbook(there.books, path, "cmio")
    assert sender(there, office).once() == 0, "the same post is not told the same thing twice"


def test_a_dead_mail_server_never_keeps_a_suspension_waiting(
    town_of, office, tmp_path, monkeypatch
):
    """Fifty suspensions while mail hangs: each stands and is carried out; no mail was taken."""
    monkeypatch.setattr(smtp_room, "PATIENCE", 3.0)
    (tmp_path / "specs").mkdir()
    town = town_of.Town(admit(town_of.write_town(tmp_path / "specs")), tmp_path / "store")
    town.pilot()
    books = Books(*open_ledger(tmp_path / "store"), town.clock)
    path = tmp_path / "playbook.yaml"
    path.write_text(json.dumps({"kind": "Playbook", "name": "p", "tells": [
        {"of": "suspension", "to": "cmio", "by": "smtp"},
        {"of": "suspension", "to": "cmio", "by": "pager"},
    ]}))  # fmt: skip
    declare_playbook(books, path, "cmio")
    file = tmp_path / "store" / "notices.yaml"
    file.write_text(msgspec.json.encode(office.contacts()).decode())
    file.chmod(0o600)
    office.hangs = True
    waited = threading.Event()
    with sending(books, tmp_path / "store"):
        for n in range(50):
            town.say("suspend", "Alder")
            assert town.modes() == {"Alder": "suspended"}
            if n == 0:  # a letter is on its way from here on, and hangs
                for _ in range(200):
                    if office.calls and office.events():
                        break
                    waited.wait(0.02)
            assert not any(e.fact.body["channel"] == "smtp" for e in notices(town))
        assert office.calls == 1, "the one that hangs is the only one"
        assert office.letters == []
    receipts = [e for e in town.reader.entries() if e.fact.type == "receipt/1"]
    orders = [e.fact.key for e in town.reader.entries() if e.fact.type == "suspend/1"]
    assert len(orders) == 50
    assert {*orders} <= {e.fact.body["answers"] for e in receipts}
    assert office.events()
    office.let_go.set()
    town.close()


def notices(town):
    return [e for e in town.reader.entries() if e.fact.type == "notice/1"]


words = st.sampled_from(["canary-patient", "canary-user", "canary words"])
free = st.dictionaries(
    st.sampled_from(["patient", "because", "reason", "what", "person", "user", "prediction",
                     "item", "plan", "found_by", "affected", "answers"]),
    words, max_size=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["incident", "suspend", "hold", "docket"]), free), max_size=8
    ),
    st.integers(0, 3),
)
def test_a_notice_holds_nothing_that_anybody_wrote_nor_any_patient(happened, level):
    tells = [{"of": o, "to": "post", "by": "smtp", "then": [{"to": "next", "by": "pager"}] * level,
              "acknowledge_within_minutes": 1}
             for o in ("incident", "suspension", "hold", "condition")]  # fmt: skip
    known = Notices()
    told = [("playbook/1", {"playbook": {"kind": "Playbook", "name": "p", "tells": tells}})]
    for n, (what, more) in enumerate(happened):
        if what == "incident":
            known_of = {"incident": f"i{n}", "use_case": "falls", "sites": ["Elm"], "severity": 1}
            told.append(("incident/1", more | known_of | {"kind": "bias"}))
        elif what == "docket":
            told.append(("docket/1", {"item": f"c{n}"} | more | {"why": "condition"}))
        else:
            receipt = {"plan": f"p{n}", "move": what, "changes": [{"site": "Elm"} | more]}
            told.append(("receipt/1", more | receipt))
    for n, (kind, body) in enumerate(told):
        fact = Fact(kind="said", key=str(n), at="2026-10-13T08:00:00.000Z", use_case="falls",
                    by=By("canary-person"), body={"type": kind} | body)  # fmt: skip
        known = known.after(Entry(n, fact))
    due = known.due(datetime(2026, 10, 13, 9, tzinfo=UTC))
    found = [subject(m) + text(m, "https://x") + m.notice for m in due]
    if not any(what == "docket" for what, _ in happened):
        assert len(found) == len(happened) * (level + 1)
    assert not [each for each in found if "canary" in each]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_contacts_that_others_may_read_are_refused(tmp_path, office, mode):
    file = tmp_path / "notices.yaml"
    file.write_text(msgspec.json.encode(office.contacts()).decode())
    file.chmod(mode)
    with pytest.raises(Refused, match="chmod 600"):
        contacts_of(tmp_path)
    file.chmod(0o600)
    assert contacts_of(tmp_path).post("cmio").pager.key == "routing-key-canary"


def test_no_address_and_no_secret_enters_the_ledger(ward, office):
    there = ward(FIRST, {"of": "incident", "to": "cmio", "by": "webhook"},
                 {"of": "incident", "to": "cmio", "by": "pager"})  # fmt: skip
    there.incident()
    office.status = 500
    sender(there, office).once()
    there.pass_time(minutes=1)
    office.status = 204
    assert sender(there, office).once() == 2
    there.books.pen.checkpoint()
    raw = b"".join(p.read_bytes() for p in there.store.rglob("*") if p.is_file())
    for word in (b"routing-key-canary", b"a secret of some length", b"hospital.example"):
        assert word not in raw


def test_a_channel_there_is_none_of_is_refused_with_its_line(ward, tmp_path):
    there = ward(FIRST)
    path = tmp_path / "p.yaml"
    path.write_text("kind: Playbook\nname: p\ntells:\n  - {of: hold, to: cmio, by: smpt}\n")
    with pytest.raises(NoSuchName, match=r"p.yaml:4: no 'smpt' .* did you mean 'smtp'"):
        declare_playbook(there.books, path, "cmio")
    assert following(there.books).now().playbook.name == "p"
