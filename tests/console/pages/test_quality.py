"""What checks found is read at a glance, links to its fact, and names no row and no other site."""

from __future__ import annotations

import re
from html import unescape

import pytest

from attending import shapes
from attending.console.governance.quality import results_of
from attending.console.page import Asked
from attending.decide.permissions import Reach
from attending.facts.people import Role
from attending.lake.aggregates import open_tables
from attending.loops.system.checks import Given, look_into
from attending.loops.turn import turn
from attending.spec.data.checks import Checks
from attending.wiring import open_books, open_parts

DOCUMENT = {
    "kind": "Checks", "name": "labs", "source": "lab_feed", "table": "labs", "key": "id",
    "order": "_file_row", "order_as": "number", "site": "site", "rows_a_day": 50,
    "checks": [
        {"check": "present", "column": "lactate", "holds": ["watch_alert"]},
        {"check": "present", "column": "payer"},
        {"check": "once", "column": "id"},
    ],
}  # fmt: skip


def looked_at(store, path, filled=100):
    rows = [
        f"row-{site}-{n},{site},{'2.0' if site == 'east' or n < filled else ''},"
        for n in range(200)
        for site in ("east", "west")
    ]
    path.write_text("\n".join(["id,site,lactate,payer", *rows]) + "\n", "utf-8")
    with open_books(store) as books:
        rows = open_tables({"labs": [path]})["labs"]
        return look_into(books, shapes.convert(DOCUMENT, Checks), Given(rows))


def take_a_turn(store):
    hands, folded = open_parts(store, "watch_alert")
    turn(hands, folded, 0)
    hands.pen.close()
    hands.reader.close()


def words(text):
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


@pytest.fixture
def there(own_store, tmp_path, make_parts):
    """Give the parts of a console over a store in which a breach was planted."""
    looked_at(own_store, tmp_path / "labs.csv")
    return make_parts(own_store)


def test_a_breach_stands_first_with_its_numbers_and_whom_it_holds(there, sign_in):
    client = sign_in(there)
    text = client.get("/quality").text
    told = words(text)

    assert "1 of 6 checks is breached; 2 fields not connected." in told
    breached = told[told.index("Breached, or") : told.index("Not connected, or too few rows")]
    assert re.search(r"labs.lactate present West ■ breach 100 fact [\d,]+ 200 20.0% 150", breached)
    assert "◇ not held yet watch_alert" in breached  # no turn was taken yet
    assert "labs.payer" not in breached
    fact = re.search(r'href="/facts/(\d+)"', text).group(1)
    assert "data_checked/1" in client.get(f"/facts/{fact}").text


def test_it_is_called_held_once_it_is(live, tmp_path):
    live.go_live()
    looked_at(live.parts.store, tmp_path / "labs.csv")
    assert "◇ not held yet watch_alert" in words(live.page(path="/quality"))

    take_a_turn(live.parts.store)

    assert "❚❚ held watch_alert" in words(live.page(path="/quality"))
    because = "data check present of labs.lactate at West: 100 of 200 rows fall short, 20.0% may"
    assert because in words(live.page(path="/"))
    assert live.standing.expansion == "held"


def test_the_first_sentences_say_whether_a_tool_is_held_for_it(live, tmp_path):
    live.go_live()
    looked_at(live.parts.store, tmp_path / "labs.csv")
    assert "No tool is held for it." in words(live.page(path="/quality"))

    take_a_turn(live.parts.store)

    told = words(live.page(path="/quality"))
    assert "1 of 6 checks is breached; 2 fields not connected. Held for it: Alert" in told


def test_what_cannot_be_asked_is_not_called_breached_and_none_that_may_is_said_in_a_word(
    own_store, tmp_path, make_parts, sign_in
):
    check = {"check": "in_range", "column": "lactate", "low": 0, "high": 9, "allowed": 0}
    document = DOCUMENT | {"checks": [check]}
    (tmp_path / "labs.csv").write_text(
        "\n".join(["id,site,lactate", *(f"r{n},west,1x5" for n in range(200))]) + "\n", "utf-8"
    )
    with open_books(own_store) as books:
        rows = open_tables({"labs": [tmp_path / "labs.csv"]})["labs"]
        look_into(books, shapes.convert(document, Checks), Given(rows))

    told = words(sign_in(make_parts(own_store)).get("/quality").text)

    assert "0 of 1 check are breached, and 1 cannot be asked." in told
    assert re.search(r"labs.lactate in range West ✕ cannot be asked .* none ", told)


def test_no_row_is_named_anywhere(there, sign_in):
    client = sign_in(there)
    text = client.get("/quality").text
    fact = re.search(r'href="/facts/(\d+)"', text).group(1)

    assert "row-" not in words(text)
    assert "row-west" not in client.get(f"/facts/{fact}").text


def test_what_was_mended_is_no_longer_breached(there, own_store, tmp_path, sign_in):
    client = sign_in(there)
    assert "1 of 6 checks is breached" in words(client.get("/quality").text)

    looked_at(own_store, tmp_path / "labs.csv", filled=200)

    assert "0 of 6 checks are breached" in words(client.get("/quality").text)


def test_who_sees_one_site_sees_its_checks_alone(there):
    role = Role(person="nurse-post", role="nurse_informaticist", sites=("east",))
    asked = Asked(parts=there, session=None, reach=Reach((role,)))

    found = results_of(asked)
    assert {each.found.site for each in found} == {"east"}
    assert {each.fact for each in found} == {None}, "a fact that holds every site is closed to them"


def test_before_anything_is_asked_it_says_how(console):
    assert "attending sources check" in words(console.get("/quality").text)
