"""What rests on a column, a code or a table is found, and a table that failed stands as failed."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from shutil import copyfile
from urllib.parse import parse_qs, urlsplit

import pytest

from attending.admit import admit
from attending.clock import stamp
from attending.console.governance.lineage import impact_listing
from attending.facts.data.upstream import Table, Upstream
from attending.facts.fact import By
from attending.ledger import layout
from attending.ledger.open_ledger import open_ledger
from attending.loops.data.upstream import take
from attending.report.data.impact import Maps, Rests, impact
from attending.report.data.upstream import Upstreams
from attending.spec.data.upstream import Upstream as Wanted
from attending.spec.data.upstream import UpstreamTable
from attending.wiring import open_books


def words(text):
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("heart_rates.rate", {"feature heart_rate"}),
        ("8867-4", {"feature heart_rate"}),
        ("8480-6", {"feature systolic"}),
        ("85354-9", {"feature systolic"}),
        ("heart_rates", {"feature heart_rate"}),
        ("Patient.birthDate", {"feature age"}),
        ("Patient", {"feature age"}),
        ("left_for", {"outcome died"}),
        ("departures.left_for", {"outcome died"}),
        ("Pat", set()),
        ("8867", set()),
        ("nothing", set()),
    ],
)
def test_what_rests_on_something_is_found_and_nothing_else(asked, wanted):
    root = Path(__file__).resolve().parents[3]
    folder = admit(root / "usecases" / "death_in_hospital")
    found = impact(asked, folder, folder.models, known=Upstreams(), maps=Maps())
    assert {each.what for each in found} == wanted


@pytest.fixture
def there(own_store, make_parts, sign_in, tmp_path):
    """Give what tells of tables, and the words of a page then; of a live store, if not said."""
    parts = make_parts(own_store)

    def told(path="/lineage", *, replayed=False, **more):
        now = stamp(parts.clock.now())
        at = more.pop("at", now)
        tables = (
            Table(name="edw.labs", rests_on=("raw.labs",), state="ok", at=at, tests=2),
            Table(name="raw.labs", **{"state": "ok"} | more),
        )
        wanted = Wanted(kind="Upstream", name="edw", source="lab_feed", site="east",
                        tables=(UpstreamTable(table="edw.labs", within_hours=26,
                                              holds=("watch_alert",)),))  # fmt: skip
        file = Upstream(teller="dbt", project="w", digest=f"{at}{more}", at=now,
                        tables=tables)  # fmt: skip
        with open_books(own_store) as books:
            take(books, [file], wanted, By(person="engineer", via="cli"))
        if not replayed:
            for each in open_ledger(tmp_path / "live"):
                each.close()
            copyfile(layout.public_key(tmp_path / "live"), layout.public_key(own_store))
        return words(sign_in(parts).get(path).text)

    return told


def row(told):
    return told[told.index("Tables upstream") :]


def test_a_table_stands_with_its_state_its_teller_and_whom_it_holds(there):
    told = row(there())
    assert re.search(
        r"edw\.labs lab_feed fact [\d,]+ East .*? ✓ as it should be dbt fact [\d,]+", told
    )
    assert "0 of 2 raw.labs watch_alert" in told


@pytest.mark.parametrize(
    ("planted", "word"),
    [({"state": "failed"}, "■ failed dbt"), ({"tests": 1, "failed": 1}, "■ failed a test dbt"),
     ({"is_stale": True}, "■ stale dbt"), ({"at": "1990-10-01T00:00:00Z"}, "■ stale dbt")],
    ids=["run", "test", "called stale", "old"],
)  # fmt: skip
def test_what_failed_above_it_is_said_at_the_source_and_among_the_checks(there, planted, word):
    assert word in there("/sources", **planted)
    quality = there("/quality", **planted)
    assert re.search(r"edw\.labs upstream (run|tests|fresh) East .*? ■ breach", quality)
    assert "not held yet watch_alert" in quality


@pytest.mark.parametrize("path", ["/lineage", "/sources"])
def test_in_a_store_that_a_replay_made_no_table_grows_old(there, path):
    told = there(path, replayed=True, at="1990-10-01T00:00:00Z")

    assert re.search(r"✓ as it should be dbt fact [\d,]+ 1990-10-01 00:00 0 of 2", row(told))


def test_before_anybody_told_it_says_how(console):
    told = words(console.get("/lineage").text)
    assert "No source says which tables it reads." in told
    assert "attending lineage take" in told


def test_a_misspelled_name_is_said_with_the_nearest_and_not_with_nothing(there):
    told = there("/lineage?of=edw.lbas")
    assert "Nothing here is called edw.lbas" in told
    assert "Nearest: edw.labs" in told
    assert "use cases rest on" not in told
    assert "0 use cases rest on raw.labs" in there("/lineage?of=raw.labs")


def test_what_was_asked_is_words_and_never_markup(console):
    text = console.get("/lineage", params={"of": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in text
    assert console.get("/lineage", params={"of": "x" * 300}).status_code == 400


def test_a_name_leads_to_itself_whatever_stands_in_it():
    name = "a & b#c+d|e f"
    found = Rests(use_case="w", what="feature x", through=name, because="said so")

    (line,) = impact_listing(name, [found]).lines

    query = urlsplit(line.cells[2].href).query
    assert parse_qs(query) == {"of": [name]}
