"""What a vendor was sent is counted from answers and specs alone, and what should not have been."""

from __future__ import annotations

import json

import msgspec
import pytest

from attending import shapes
from attending.digest import digest
from attending.report.answer_text import text
from attending.report.questions import listed
from attending.spec.model import Model

DAY = "2026-03-02T09:{:02}:00.000Z"
VENDOR = {
    "kind": "Vendor", "name": "maker", "title": "The maker", "contact": "desk",
    "base_url": "https://score.maker.example/ask", "fields_allowed": ["creatinine", "sex"],
    "data_in": ["US-VA"],
}  # fmt: skip


def model(**over):
    told = {
        "kind": "Model", "name": "theirs", "title": "Theirs", "version": "1",
        "engine": "vendor_http", "vendor": "maker", "fields": {"creatinine": {}, "sex": {}},
    }  # fmt: skip
    return shapes.convert(told | over, Model)


def named(each):
    return digest(msgspec.to_builtins(each))


@pytest.fixture
def declares(wrote):
    """Give what declares a model and its vendor, as the ledger keeps specs."""

    def declare(each, vendor=VENDOR, site=None):
        documents = {
            "use_case": {"title": "Falls, foreseen", "model": {"model": each.name}},
            "models": {each.name: json.loads(msgspec.json.encode(each))},
            "vendors": {} if vendor is None else {"maker": vendor},
            "sites": {"Alder": {"kind": "Site", "name": "alder", "title": "Alder"} | (site or {})},
        }
        body = {"type": "specs/1", "digests": {}, "sites": {}, "documents": documents}
        wrote.add(wrote.fact("declared", DAY.format(0), body))

    return declare


def card(wrote, name, minute, each, **over):
    given = {"score": 0.4, "inputs": "f" * 64, "model": named(each)} | over
    return wrote.card(name, DAY.format(minute), **given)


def test_fields_purpose_place_and_counts_stand_for_each_site(wrote, declares):
    theirs = model()
    declares(theirs)
    wrote.add(
        card(wrote, "a", 1, theirs),
        card(wrote, "b", 2, theirs, site="Birch"),
        card(wrote, "c", 3, theirs, display="silent"),
        card(wrote, "d", 4, theirs, display="late", score=None),
        card(wrote, "e", 5, theirs, display="failed", reason="engine", score=None),
    )

    alder, birch = wrote.auditor.rows(18)

    assert (alder["vendor"], alder["site"], alder["fields"]) == (
        "maker",
        "Alder",
        "creatinine, sex",
    )
    assert (alder["purpose"], alder["kept_in"]) == ("Falls, foreseen", "US-VA")
    assert alder["address"] == "https://score.maker.example/ask"
    assert (alder["n_answered"], alder["n_may_have_been_sent"], alder["n_patients"]) == (2, 2, 1)
    assert (alder["first_at"], alder["last_at"]) == (DAY.format(1), DAY.format(5))
    assert alder["cites"] == [0, 1, 3, 4, 5]
    assert (birch["n_answered"], birch["n_may_have_been_sent"]) == (1, 0)
    told = wrote.auditor.ask(18)
    assert told["status"] == "partial"
    assert told["needs"] == [listed(18).needs]
    assert told["counts"]["answered"] == 3


def test_what_never_left_is_not_counted(wrote, declares):
    theirs = model()
    declares(theirs)
    recorded = card(wrote, "r", 4, theirs)
    recorded.body["origin"] = "recorded"
    wrote.add(
        card(wrote, "a", 1, theirs, display="failed", reason="missing_input", score=None),
        card(wrote, "b", 2, theirs, display="suppressed", reason="suspended", score=None),
        card(wrote, "c", 3, theirs, display="failed", reason="stale_policy", score=None),
        recorded,
    )
    assert wrote.auditor.ask(18)["because"] == "Searched 5 facts: nothing was sent to a vendor."


def test_what_answered_in_this_process_before_or_after_a_vendor_is_not_counted(wrote, declares):
    own, theirs = model(name="own", engine="logistic", vendor=""), model()
    declares(own)
    wrote.add(card(wrote, "a", 1, own))
    assert wrote.auditor.rows(18) == []
    declares(theirs)
    wrote.add(card(wrote, "b", 2, own), card(wrote, "c", 3, theirs))

    (row,) = wrote.auditor.rows(18)

    assert row["n_answered"] == 1
    assert row["cites"][-1] == 4
    assert wrote.auditor.against(18) == {}


def test_each_declaration_has_its_own_row_and_an_answer_stands_under_the_one_before_it(
    wrote, declares
):
    first, second = model(), model(version="2", fields={"sex": {}})
    declares(first)
    wrote.add(card(wrote, "a", 1, first))
    declares(second)
    wrote.add(card(wrote, "b", 2, second), card(wrote, "c", 3, first))

    rows = {row["model"]: (row["fields"], row["n_answered"]) for row in wrote.auditor.rows(18)}

    assert rows == {"theirs 1": ("creatinine, sex", 2), "theirs 2": ("sex", 1)}


def test_an_answer_of_a_model_that_no_declaration_names_is_an_exception(wrote, declares):
    declares(model())
    wrote.add(card(wrote, "a", 1, model(version="9")))

    assert wrote.auditor.rows(18) == []
    assert "not on record" in wrote.auditor.against(18)["a"]


@pytest.mark.parametrize(
    ("vendor", "site", "because"),
    [
        (VENDOR | {"fields_allowed": ["sex"]}, {}, "its contract does not list creatinine"),
        (VENDOR, {"data_stays_in": ["EU"]}, "data of site 'alder' may be in EU only, not in US-VA"),
        (None, {}, "vendor maker is not declared"),
    ],
    ids=["fields", "place", "nobody"],
)
def test_what_should_not_have_been_sent_is_an_exception(wrote, declares, vendor, site, because):
    declares(model(), vendor, site)
    wrote.add(card(wrote, "a", 1, model()))

    told = wrote.auditor.ask(18)["exceptions"]

    assert [each["because"] for each in told] == [because]
    assert told[0]["cites"] == [0, 1]


def test_what_was_refused_on_the_way_out_is_no_exception(wrote, declares):
    declares(model(), VENDOR, {"data_stays_in": ["EU"]})
    wrote.add(card(wrote, "a", 1, model(), display="failed", reason="engine", score=None))

    assert wrote.auditor.against(18) == {}
    assert wrote.auditor.rows(18)[0]["n_answered"] == 0


def test_one_site_alone_can_be_asked_about(wrote, declares):
    declares(model())
    wrote.add(card(wrote, "a", 1, model()), card(wrote, "b", 2, model(), site="Birch"))

    told = wrote.auditor.ask(18, site="Birch")

    assert told["counts"]["answered"] == 1


def test_whoever_reads_it_as_text_is_told_that_it_is_a_part_and_what_it_waits_for(wrote, declares):
    declares(model())
    whole = text(wrote.auditor.ask(18))
    wrote.add(card(wrote, "a", 1, model()))

    part = text(wrote.auditor.ask(18))

    assert "In part: 1 question was sent" in part
    assert f"It waits for {listed(18).needs}." in part
    assert "In part" not in whole
