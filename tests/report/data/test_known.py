"""A name that nothing knows is refused with the nearest; a known one is answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from attending.admit import admit
from attending.errors import NoSuchName
from attending.facts.data.upstream import Read, Reads, Table
from attending.fhir.terms import TermRow
from attending.report.data.impact import Maps
from attending.report.data.known import names, rests_on
from attending.report.data.upstream import KnownTable, Upstreams

USECASES = Path(__file__).resolve().parents[3] / "usecases"
FOLDERS = [admit(USECASES / "death_in_hospital"), admit(USECASES / "uci_heart")]
ROW = TermRow(map="doors", version="7", source_system="urn:alder:door", source_code="SIDEDOOR",
              target_system="urn:hospital:door", target_code="SIDE", equivalence="equivalent",
              valid_from="", valid_to="")  # fmt: skip
MAPS = Maps(rows={"death_in_hospital": (ROW,)})
READS = Reads(name="edw", spec="", source="history", site="x",
              tables=(Read(table="edw.vitals", views=("heart_rates.rate",)),))  # fmt: skip
VITALS = Table(name="edw.vitals", rests_on=("raw.vitals",))
UNREAD = Table(name="edw.unread", columns=("room",))
KNOWN = Upstreams(
    tables={each.name: KnownTable(each, "dbt", "", 1, 1) for each in (VITALS, UNREAD)},
    reads={"edw": (READS, 2)},
)


def asked(name, known=KNOWN, maps=MAPS):
    return {each.what for each in rests_on(name, FOLDERS, known=known, maps=maps)}


@given(st.sampled_from(sorted(names(FOLDERS, KNOWN, MAPS))), st.data())
def test_every_known_name_is_answered_and_one_letter_more_is_refused_with_the_name(name, data):
    asked(name)
    at = data.draw(st.integers(1, len(name)))
    wrong = f"{name[:at]}{name[at - 1]}{name[at:]}"
    assume(len(name) > len("edw.lab") and wrong not in names(FOLDERS, KNOWN, MAPS))
    table = wrong.rpartition(".")[0]
    assume(table not in KNOWN.named)  # what columns a table has, its tools need not tell whole
    with pytest.raises(NoSuchName) as refused:
        asked(wrong)
    assert name in refused.value.accepted


@pytest.mark.parametrize("name", ["SIDEDOOR", "urn:alder:door|SIDEDOOR", "doors@7", "edw.unread",
                                  "edw.unread.room"])  # fmt: skip
def test_a_known_name_on_which_nothing_rests_is_no_error(name):
    assert asked(name) == set()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("raw.vitals", {"feature heart_rate"}),
        ("num", {"outcome disease"}),
        ("source.num", {"outcome disease"}),
        ("chol", {"input chol"}),
        ("site", {"cases"}),
        ("stays.admitted", {"cases"}),
        ("departures.stay", {"cases"}),
    ],
)
def test_what_a_source_reads_of_tables_and_files_is_found(name, wanted):
    assert asked(name) == wanted


def test_a_table_that_only_a_source_names_is_found_before_any_tool_told_of_it():
    assert asked("edw.vitals", Upstreams(reads=KNOWN.reads)) == {"feature heart_rate"}


def test_a_refusal_says_which_maps_were_not_looked_through_and_offers_few():
    with pytest.raises(NoSuchName, match=r"doors\.csv of doors"):
        asked("SIDEDOR", maps=Maps(unread=("doors.csv of doors",)))
    rows = tuple(TermRow(**{f: getattr(ROW, f) for f in ROW.__struct_fields__}
                         | {"source_code": f"CODE{n}"}) for n in range(2_000))  # fmt: skip
    with pytest.raises(NoSuchName) as refused:
        asked("CODEX", maps=Maps(rows={"u": rows}))
    assert 0 < len(refused.value.accepted) < 10
