"""The page says of every use case how it stands, and of every rulebook how well it was read."""

from __future__ import annotations

import re
from html import unescape

from click.testing import CliRunner

from attending.cli.plan import plan
from attending.decide.duties import of_date
from attending.loops.rulebooks import shipped
from attending.loops.tiering import Speaker, override
from attending.wiring import open_books, open_parts


def words(live, path="/rulebooks"):
    text = live.page("nurse-post", path)
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def test_each_rulebook_in_force_is_there_with_how_it_was_read(live):
    said = words(live)

    assert "Not legal advice." in said
    for book in of_date(shipped(), "2026-11-22").values():
        if book.in_force.from_ <= "2026-10-01":
            assert f"{book.title} {book.id} {book.version}" in said
    assert "not verified" in said
    assert "read at second hand" in said


def test_a_plan_that_shows_more_tells_which_rules_are_not_met(two_waves, live_store):
    done = CliRunner().invoke(plan, [str(two_waves), "--store", str(live_store)])

    assert "off to live" in done.output or "silent to live" in done.output
    assert "not met: tier-default/risk-answered 2026-11-01; not known: patient" in done.output
    assert "duty_missing" not in done.output


def test_the_tier_on_the_page_is_the_one_in_force(live, live_store):
    assert re.search(r"\bhigh\b", words(live)), "its new questions were never answered"
    before = words(live, "/rulebooks/watch_alert")
    assert "patient facing unreviewed: not known" in before
    assert "Set otherwise no" in before

    parts, _ = open_parts(live_store, "watch_alert")
    folder = parts.folder
    parts.pen.close()
    with open_books(live_store) as books:
        override(books, folder, "moderate", Speaker("chair-post", "committee_chair"), why="w")
    assert re.search(r"\bhigh\b", words(live)), "one of two lowers nothing"
