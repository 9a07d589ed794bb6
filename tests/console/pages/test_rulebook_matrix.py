"""One tool's rules: each with its word, and a link to the fact that proves it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from click.testing import CliRunner

from attending import shapes
from attending.cli.plan import plan
from attending.clock import stamp
from attending.console.page import as_folder
from attending.loops.declare import Documents
from attending.loops.obligations import Governance, checkups, owed
from attending.loops.tiering import all_heard


def main_of(live, path="/rulebooks/watch_alert"):
    text = live.page("nurse-post", path)
    return text[text.index("<main") : text.index("</main>")]


def rows_of(live):
    reader, course = live.parts.reader, live.course
    folder = course.specs[-1].fact.body
    told = shapes.convert(folder["documents"], Documents)
    date = stamp(live.parts.clock.now())[:10]
    its = owed(as_folder(told, course.digests), all_heard(reader), date)
    return checkups(Governance(reader), "watch_alert", its.rules, date)


def test_every_rule_that_applies_is_there_with_its_word_and_its_fact(live):
    html = main_of(live)
    said = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))
    rows = rows_of(live)

    assert "Not legal advice." in said
    assert len(rows) > 10
    for row in rows:
        assert row.duty.split(".")[0] in said
        assert row.word in said
        if row.word == "met":
            assert f'href="/facts/{row.cites[-1]}"' in html
    assert html.count('class="tag teal"') == sum(row.word == "met" for row in rows)


def test_where_the_jurisdiction_is_not_known_the_page_says_so(live):
    said = unescape(re.sub(r"<[^>]+>", " ", main_of(live)))

    assert "Jurisdiction not known" in said
    assert "east" in said
    assert "Section 1557" not in said


def test_a_use_case_nobody_has_is_refused(live):
    refused = live.at("nurse-post").get("/rulebooks/watch_alrt")

    assert refused.status_code == 404
    assert "did you mean" in refused.text


@pytest.fixture
def in_the_us(two_waves, tmp_path):
    """Give a store whose specs say where the sites lie, and some of what users must read."""
    folder = tmp_path / "watch_alert"
    folder.mkdir()
    text = (two_waves / "specs.yaml").read_text("utf-8")
    text = text.replace("title: West", "title: West\njurisdiction: US-NC")
    written = (
        "source_attributes:\n"
        "  intended_use: Watch the ward\n"
        "  extval_party: not available\n"
        "  fairness_external: not available\n"
    )
    (folder / "specs.yaml").write_text(text.replace("risk:\n", written + "risk:\n", 1), "utf-8")
    store = tmp_path / "ledger"
    done = CliRunner().invoke(plan, [str(folder), "--store", str(store)])
    assert done.exit_code == 2, done.exception
    return store


def test_every_attribute_has_its_row_and_not_available_is_shown(make_parts, sign_in, in_the_us):
    text = sign_in(make_parts(in_the_us)).get("/rulebooks/watch_alert").text
    table = text[text.index('id="attributes"') :]
    table = table[: table.index("</section>")]

    assert table.count("<tr>") == 1 + 31
    assert "Watch the ward" in table
    assert len(re.findall(r"</span>not available</span>\s*</td>", table)) == 2, "said once"
    assert table.count("</span>missing</span>") == 31 - 3
