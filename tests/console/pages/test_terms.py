"""What codes mean here: rows covered, what is left over by frequency, and no code in the ledger."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from attending.cli.actions.people import PeopleActions
from attending.cli.speaking.watching import read_watched
from attending.console.governance.terms import covered, left_over
from attending.console.page import Asked
from attending.decide.permissions import Reach
from attending.facts.people import Role
from attending.lake.clinical.store import ClinicalLake
from attending.ledger.open_reader import open_reader
from attending.loops.data.clinical import look_over
from attending.wiring import open_books

from .conftest import DOCUMENTS, brought, observation

pytestmark = pytest.mark.filterwarnings("ignore:Arrow output on a DB-API")

LOCAL, ODD = "Lactat", "canary-4711"
KNOWN = "{source: L, target: lactate}"
TERMS = DOCUMENTS.replace(KNOWN, f"{KNOWN}, {{source: Lactate, target: lactate}}")


def words(text):
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def look(store, documents):
    with ClinicalLake.open(store) as lake, open_books(store) as books:
        look_over(lake, books, read_watched(documents))


@pytest.fixture
def documents(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "labs.yaml").write_text(TERMS, "utf-8")
    return folder


@pytest.fixture
def there(own_store, documents, make_parts):
    """Give the parts of a console over a store in which some codes are in no map."""
    brought(own_store, "east", [observation(n, site="east", amount=1) for n in range(100)])
    odd = [LOCAL if n < 30 else ODD if n < 42 else "L" for n in range(100)]
    told = [observation(n, site="west", amount=1, code=code) for n, code in enumerate(odd)]
    brought(own_store, "west", told)
    look(own_store, documents)
    return make_parts(own_store, people=PeopleActions(own_store))


def test_coverage_is_told_by_rows_and_what_is_left_over_by_how_often_it_comes(there, sign_in):
    text = sign_in(there).get("/terms").text
    told = words(text)

    assert "158 of 200 codes and amounts that came have one meaning here (79.0%)" in told
    assert "the other 42 are empty to every tool" in told
    row = re.search(
        r"labs.code local West 100 fact [\d,]+ 58 \(58.0%\) 58 \(58.0%\) 42 1 of 3", told
    )
    assert row, told
    left = told[told.index("Left over") : told.index("Units, as")]
    assert left.index(LOCAL) < left.index(ODD)
    assert "lactate (nearest spelling)" in left
    assert re.search(rf"{ODD} labs.code West 12 fact [\d,]+ in no map nothing near", left)
    assert "Nothing that came is watched for a change of unit" in told, "declared or not"
    fact = re.search(r'href="/facts/(\d+)"', text).group(1)
    assert "terms_covered/1" in sign_in(there).get(f"/facts/{fact}").text


def test_no_code_that_came_is_in_the_ledger_and_who_has_no_key_is_told_so(
    there, own_store, make_parts, sign_in
):
    reader = open_reader(own_store)
    whole = json.dumps([repr(entry.fact) for entry in reader.entries()])
    reader.close()
    blind = words(sign_in(make_parts(own_store)).get("/terms").text)

    assert LOCAL not in whole
    assert ODD not in whole
    assert ODD not in blind
    assert "158 of 200" in blind
    assert "this copy cannot open it" in blind


def test_looked_at_again_nothing_is_written_and_a_mended_map_is_seen(
    there, own_store, documents, sign_in
):
    size = there.reader.size()
    look(own_store, documents)
    assert there.reader.size() == size

    text = TERMS.replace("{source: L,", f"{{source: {LOCAL}, target: lactate}}, {{source: L,")
    (documents / "labs.yaml").write_text(text.replace('version: "1"', 'version: "2"'), "utf-8")
    look(own_store, documents)

    told = words(sign_in(there).get("/terms").text)
    assert "188 of 200" in told
    assert "local 2" in told
    assert LOCAL not in told


def test_who_sees_one_site_sees_what_came_there_alone(there):
    role = Role(person="nurse-post", role="nurse_informaticist", sites=("east",))
    asked = Asked(parts=there, session=None, reach=Reach((role,)))

    found = covered(asked)
    left, _ = left_over(asked, found)

    assert {each.site.site for each in found} == {"east"}
    assert {each.fact for each in found} == {None}, "a fact that holds every site is closed to them"
    assert left.lines == []


def test_before_anything_went_through_a_map_it_says_how(console):
    assert "attending terms coverage" in words(console.get("/terms").text)
