"""The portfolio: the headline is computed, and a filter leaves what it says."""

from __future__ import annotations

import re
from html import unescape

import pytest
from click.testing import CliRunner

from attending.cli.inventory import inventory
from attending.cli.portfolio import portfolio
from attending.clock import stamp
from attending.facts.fact import By, Fact
from attending.ledger.open_ledger import open_ledger

SHEET = """\
tool,name,owner,claimed_status,use_case,sites,units,task,population,setting,output,last_used_on
watch,Watch <b>alert</b>,owner-post,live,watch_alert,east,icu,predict,adults,inpatient,risk,
second,Second watch,quality-post,pilot,,east,icu,predict,adults,inpatient,risk,2025-01-05
chat,Scheduling chatbot,,pilot,,west,,schedule,adults,clinic,a slot,03/04/2026
"""


def words(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    main = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


@pytest.fixture
def client(own_store, tmp_path, make_parts, sign_in):
    """Give somebody at the portfolio of a store with a use case and an inventory."""
    (tmp_path / "t.csv").write_text(SHEET, "utf-8")
    words_ = ["import", str(tmp_path / "t.csv"), "--as", "cmio-office", "--store", str(own_store)]
    done = CliRunner().invoke(inventory, words_)
    assert done.exit_code == 0, done.exception
    return sign_in(make_parts(own_store))


def rows(client, only):
    text = client.get(f"/portfolio?only={only}").text
    table = text[: text.index("What each stage asks")]
    return set(re.findall(r'<th scope="row"><a href="/portfolio/(\w+)"', table))


def test_the_page_says_what_the_verb_says(client, own_store):
    done = CliRunner().invoke(portfolio, ["show", "--store", str(own_store)])
    headline, stage = done.stdout.splitlines()[:2]

    said = words(client, "/portfolio")

    assert headline.removeprefix("In production: ") in said
    assert stage.partition(" (")[0] in said


def test_each_filter_leaves_the_tools_it_names(client):
    assert rows(client, "all") == {"watch", "second", "chat"}
    assert rows(client, "stalled") == {"second"}
    assert rows(client, "ownerless") == {"chat"}
    assert rows(client, "doubled") == {"watch", "second"}
    assert rows(client, "doubts") == {"chat"}
    assert client.get("/portfolio?only=nobody").status_code == 404


def test_the_headline_falls_when_an_owner_leaves(live, live_store, tmp_path):
    """Two sites live on current evidence make it one; one person's leaving makes it none."""
    live.go_live()
    (tmp_path / "t.csv").write_text(SHEET, "utf-8")
    CliRunner().invoke(
        inventory, ["import", str(tmp_path / "t.csv"), "--as", "c", "--store", str(live_store)]
    )
    changes = [
        {"site": "west", "unit": "*", "release": [None, "watch_alert-1"], "mode": ["off", "live"],
         "share": [0, 1], "users": [[], []], "weekly_case_cap": [None, None]}
    ]  # fmt: skip
    body = {"type": "receipt/1", "changes": changes, "day": 0, "scope": "west", "plan": "p",
            "cause": "wave", "because": "b", "expansion": "moving", "seq": 99}  # fmt: skip
    write(live, live_store, "acted", body, "watch_alert")
    said = words(live.at("chair-post"), "/portfolio")
    assert "1 of 3" in said
    assert "Decisions: 1 in" in said  # the votes bear it

    write(live, live_store, "said", {"type": "departed/1", "person": "owner-post"}, None)

    said = words(live.at("chair-post"), "/portfolio")
    assert "0 of 3" in said
    assert "no owner" in said


def write(live, store, kind, body, use_case):
    reader, pen = open_ledger(store)
    at = stamp(live.parts.clock.now())
    pen.append([Fact(kind=kind, key=f"k{reader.size()}", at=at, by=By("p"), use_case=use_case,
                     body=body)])  # fmt: skip
    pen.close()
    reader.close()


def test_with_no_tool_on_record_it_says_how_to_begin(tmp_path, make_parts, sign_in):
    reader, pen = open_ledger(tmp_path / "empty")
    pen.close()
    reader.close()

    assert "attending inventory import" in words(sign_in(make_parts(tmp_path / "empty")),
                                                 "/portfolio")  # fmt: skip
