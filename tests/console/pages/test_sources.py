"""Every feed is told by what the ledger heard of it: when, how much, and what is set aside."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from shutil import copyfile
from types import SimpleNamespace

import pytest

from attending.console.fact_kinds import OF_TYPE
from attending.console.governance.feeds import WHAT, ago, asked_feed, deliveries, feeds_of
from attending.console.page import Asked
from attending.console.pages.sources import sources
from attending.decide.permissions import Reach
from attending.errors import NoSuchName
from attending.facts.fact import By, Fact
from attending.facts.people import Role
from attending.lake.seal_store import seal_store
from attending.ledger import layout
from attending.ledger.key_file import key_in
from attending.ledger.open_ledger import open_ledger

AT = "2026-10-13T05:00:00.000Z"
EAST = r"East <img src=x onerror=alert\(1\)>"  # its title, as its use case declares it
ROW = rf"adt_feed {EAST} all 2026-10-13 05:00 fact [\d,]+ not counted (.*?) 7"


def batch(key, *, site="east", at=AT, **body):
    told = {"type": "batch/1", "source": "adt_feed", "site": site, "lines": 100, "parked": {}}
    return Fact(kind="ingested", key=key, at=at, by=By(person="adt_feed", via="source"),
                site=site, body=told | body)  # fmt: skip


def parked(row, kind="parked", because="no such site", **more):
    body = {"type": f"{kind}/1", "source": "source", "digest": row, "because": because, **more}
    by = By(person="source", via="source")
    return Fact(kind="ingested", key=f"w/source/{row}/{kind}", at=AT, by=by,
                use_case="watch_alert", body=body)  # fmt: skip


@pytest.fixture
def there(own_store, make_parts):
    """Give what writes facts of feeds, and gives the parts of a console over them."""

    def write(*facts):
        reader, pen = open_ledger(own_store)
        pen.append(list(facts))
        pen.close()
        reader.close()
        return make_parts(own_store)

    return write


def words(text):
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def test_a_feed_says_when_it_last_came_and_what_became_of_its_lines(there, sign_in):
    parts = there(
        batch("one", parked={"not_json": 3}),
        batch("two", lines=50, parked={"not_json": 1, "no_id": 2}, not_mapped=7),
    )
    text = sign_in(parts).get("/sources").text

    row = re.search(ROW, words(text))
    assert row.group(1) == "2 150 6 0 no id (2), not json (4)"
    assert "6 lines are set aside, and 7 stored and not mapped" in words(text)


def test_a_feed_of_messages_says_what_it_brought_and_whose_clock_runs_ahead(there, sign_in):
    told = {"type": "messages/1", "messages": 40, "not_mapped": 7, "clock_ahead": 3}
    text = sign_in(there(batch("one", **told))).get("/sources").text

    row = re.search(ROW, words(text))
    assert row.group(1) == "1 100 0 0 clock ahead (3)"


def test_how_long_ago_is_counted_but_not_in_a_store_that_a_replay_made(there, sign_in, tmp_path):
    parts = there(batch("one"))
    client = sign_in(parts)
    told = words(client.get("/sources").text)
    assert "A replay made this store" in told
    assert not re.search(r"\d+ (days?|hours?) ", told)

    reader, pen = open_ledger(tmp_path / "live")
    pen.close()
    reader.close()
    copyfile(layout.public_key(tmp_path / "live"), layout.public_key(parts.store))
    told = words(client.get("/sources").text)
    assert "A replay made this store" not in told
    assert "fact" in told
    assert re.search(r"3 hours", told)


def test_a_delivery_told_of_again_counts_once_and_what_was_mended_counts_no_more(there):
    parts = there(batch("one", parked={"not_json": 3}), batch("one", parked={"not_json": 1}))

    [feed] = [f for f in feeds_of(Asked(parts=parts, session=None)) if f.name == "adt_feed"]

    assert (feed.batches, feed.lines, feed.parked) == (1, 100, 1)


def test_a_row_that_was_taken_in_later_is_set_aside_no_more(there):
    parts = there(parked("a"), parked("b"), parked("a", "released"))

    [feed] = [f for f in feeds_of(Asked(parts=parts, session=None)) if f.parked]

    assert feed.parked_by == {"no such site": 1}


def test_an_outcome_that_waits_is_not_told_as_a_line_that_went_wrong(there, sign_in):
    off = "the tool was off or suspended when it was asked about this case"
    parts = there(*(parked(f"row{n}", because=off, waits=True) for n in range(3)))

    told = words(sign_in(parts).get("/sources").text)

    assert "nothing is set aside." in told
    assert "3 outcomes wait and need nothing from you" in told
    assert f"0 3 {off} (3)" in told


def test_who_sees_one_site_sees_its_feeds_alone(there):
    parts = there(batch("one"), batch("two", site="west"))
    role = Role(person="nurse-post", role="nurse_informaticist", sites=("east",))

    found = feeds_of(Asked(parts=parts, session=None, reach=Reach((role,))))

    assert {feed.site for feed in found if feed.site} == {"east"}


def test_how_long_ago_is_told_in_its_largest_unit(there):
    from datetime import datetime

    now = datetime.fromisoformat(AT) + timedelta(days=2, hours=5)

    assert ago(AT, now) == "2 days"
    assert ago(AT, now - timedelta(days=2)) == "5 hours"
    assert ago(AT, datetime.fromisoformat(AT)) == "under an hour"
    assert ago("", now) == "not known"


def refused(file, because):
    by = By(person="source", via="source")
    body = {"type": "refused/1", "source": "source", "because": because, "digest": file}
    return Fact(kind="ingested", key=f"w/source/{file}/ingested", at=AT, by=by,
                use_case="watch_alert", body=body)  # fmt: skip


def test_a_file_that_cannot_be_read_at_all_is_told_with_its_reason(there, sign_in):
    said = words(
        sign_in(there(refused("a", "not UTF-8"), refused("b", "no header"))).get("/sources").text
    )
    assert "2 files could not be read at all" in said
    assert "1 file refused: no header, 1 file refused: not UTF-8" in said
    assert "nothing is set aside" in said


def test_files_that_lie_in_the_clear_in_a_sealed_store_are_told(
    there, sign_in, own_store, tmp_path
):
    place = own_store / "inbox" / "watch_alert" / "source"
    place.mkdir(parents=True)
    (place / "today.csv").write_text("id\n1\n", "utf-8")
    client = sign_in(there(batch("one")))
    assert "lies in it" not in words(client.get("/sources").text)
    key_in(tmp_path / "lake.key")
    seal_store(own_store, tmp_path / "lake.key")
    assert "1 dropped file lies in it as it came" in words(client.get("/sources").text)


def of_feed(text, name="adt_feed"):
    """Give each number of a feed's row by its column, with where it leads."""
    head = re.findall(r'<th scope="col">([^<]+)</th>', text)
    row = next(r for r in re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL) if f">{name}<" in r)
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
    told = zip(head, cells, strict=False)
    return {name: re.search(r'href="(/sources[^"]*)"[^>]*>([\d,]+)<', cell) for name, cell in told}


def test_each_number_of_a_feed_leads_to_the_deliveries_that_it_is_the_sum_of(there, sign_in):
    client = sign_in(
        there(
            batch("one", lines=1200, parked={"not_json": 3}),
            batch("two", lines=50, parked={"not_json": 1, "no_id": 2}, not_mapped=7),
            batch("three", lines=9, site="west"),
        )
    )
    numbers = of_feed(client.get("/sources").text)
    assert {name: found[2] for name, found in numbers.items() if found} == {
        "deliveries": "1", "lines": "9",
    }  # fmt: skip

    east = re.search(r'href="(/sources\?[^"#]*site=east)#', client.get("/sources").text).group(1)
    told = words(client.get(unescape(east)).text)
    assert re.search(rf"adt_feed at {EAST}: 2 deliveries, 1,250 lines", told), told
    table = told[told.index("1,250 lines") :]
    rows = re.findall(r"05:00 fact [\d,]+ resources ([\d,]+) (\d) (.*?) (\d) (\d)", table)
    assert rows == [("50", "3", "no id (2), not json (1)", "0", "7"),
                    ("1,200", "3", "not json (3)", "0", "0")]  # fmt: skip
    assert " 9 " not in table


def test_a_row_that_is_set_aside_is_listed_with_its_fact_and_a_refused_file_is_no_delivery(
    there, sign_in
):
    off = "the tool was off"
    client = sign_in(
        there(parked("a"), parked("b", because=off, waits=True), refused("c", "not UTF-8"))
    )
    link = re.search(
        r'href="(/sources\?feed=source&amp;for=watch_alert)#', client.get("/sources").text
    )

    text = client.get(unescape(link.group(1))).text
    told = words(text)

    assert re.search(r"no such site fact [\d,]+ set aside", told), told
    assert re.search(rf"{off} fact [\d,]+ waits for an answer", told)
    assert "Rows: 1 set aside, 1 waiting" in told
    assert "1 file refused" in told
    assert "■ refused a file" in told
    indexes = re.findall(r'href="/facts/(\d+)"', text)
    assert all(client.get(f"/facts/{index}").status_code == 200 for index in indexes)


def test_whoever_may_read_the_page_may_open_the_fact_of_each_delivery():
    assert {OF_TYPE[name.partition("/")[0]] for name in WHAT} == {sources.needs.kind}


def test_a_row_that_is_aside_leads_to_its_fact_only_where_the_whole_log_is_open(there):
    class Closed:
        @staticmethod
        def why_not(*_asked):
            return "not theirs"

    parts = there(parked("a"))
    asked = Asked(
        parts=parts,
        session=SimpleNamespace(person="nurse-post"),
        query={"feed": "source", "for": "watch_alert"},
    )
    (listed,) = deliveries(replace(asked, access=Closed), asked_feed(asked))[-1:]

    assert [line.cells[0].fact for line in listed.lines] == [None]
    assert deliveries(asked, asked_feed(asked))[-1].lines[0].cells[0].fact is not None


def test_a_feed_that_nobody_heard_of_is_refused_with_the_nearest(there, sign_in):
    answer = sign_in(there(batch("one"))).get("/sources?feed=adt_fed&site=east")

    assert answer.status_code == 404
    assert "did you mean" in unescape(answer.text)


def test_who_sees_one_site_is_not_told_of_deliveries_elsewhere(there):
    parts = there(batch("one"), batch("two", site="west"))
    role = Role(person="nurse-post", role="nurse_informaticist", sites=("east",))
    reach = Reach((role,))
    own = Asked(parts=parts, session=None, reach=reach, query={"feed": "adt_feed", "site": "east"})
    other = replace(own, query={"feed": "adt_feed", "site": "west"})

    assert len(deliveries(own, asked_feed(own))[0].lines) == 1
    with pytest.raises(NoSuchName) as told:
        asked_feed(other)
    assert not [name for name in told.value.accepted if "west" in name]
