"""What every page keeps: it answers, it is whole, and nothing in it comes from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markupsafe import Markup

from attending.console.app import found_pages
from attending.console.render import breaks

PATHS = [
    "/",
    "/use-cases",
    "/use-cases/watch_alert",
    "/rulebooks",
    "/rulebooks/watch_alert",
    "/rollouts/watch_alert",
    "/gates/watch_alert/east",
    "/gates/watch_alert/west",
    "/gates/watch_alert/all",
    "/audit",
    "/committee",
    "/portfolio",
    "/portfolio/watch_alert",
    "/facts/0",
    "/practice",
    "/people",
    "/evidence",
    "/access",
    "/keys",
    "/intake",
    "/incidents",
    "/quality",
    "/sources",
    "/lineage",
    "/terms",
    "/orders/watch_alert/suspend?scope=west",
    "/orders/watch_alert/lift?scope=east",
]
# Pages of one thing that this small world does not hold; each is looked at in its own test.
ELSEWHERE = {
    "/committee/{}": "test_committee_packet.py",
    "/facts/{}/lineage": "test_lineage_answer.py",
    "/intake/{}": "test_intake_proposal.py",
    "/incidents/{}": "test_incident.py",
}
ALL = [*PATHS, "/sign-in", "/nowhere"]


@pytest.mark.parametrize("path", PATHS)
def test_each_page_answers(console, path):
    answer = console.get(path)

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ALL)
def test_each_page_is_whole(console, path, check_whole):
    check_whole(console.get(path).text)


@pytest.mark.parametrize("path", ALL)
def test_nothing_is_fetched_from_elsewhere(console, path, read_page):
    answer = console.get(path)
    # A signature in base64 may hold two slashes as well; they begin no address.
    outside = re.findall(r"(?:https?:|(?<![\w+/]))//[a-z0-9.-]+", answer.text)

    assert set(outside) <= {"http://www.w3.org"}, path  # the name of SVG, which nobody fetches
    assert not [
        link for link in read_page(answer.text).links if not link.startswith(("/", "?", "#"))
    ]


@pytest.mark.parametrize("path", ALL)
def test_the_policy_lets_nothing_run(console, path):
    policy = console.get(path).headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy


def test_each_page_found_is_asked_for_here():
    asked = {
        re.sub(r"/(watch_alert|east|west|all|0|suspend|lift)\b", "/{}", path) for path in PATHS
    }
    asked = {path.partition("?")[0] for path in asked}
    there = {re.sub(r"{\w+}", "{}", page.path) for _, page in found_pages()}

    assert there <= asked | {*ELSEWHERE}
    for file in ELSEWHERE.values():
        assert "check_whole(" in (Path(__file__).parent / "pages" / file).read_text("utf-8")


def test_each_link_leads_somewhere(console, read_page):
    seen, wanted = set(), {"/"}
    while wanted and len(seen) < 60:
        path = wanted.pop()
        seen.add(path)
        answer = console.get(path)
        assert answer.status_code == 200, path
        if "html" in answer.headers["content-type"]:
            links = {link.partition("#")[0] for link in read_page(answer.text).links}
            wanted |= {p for p in links if p.startswith("/") and "/sign-" not in p} - seen

    assert len(seen) > 20


@pytest.mark.parametrize("path", [p for p in PATHS if p != "/"])
def test_each_page_marks_the_one_word_of_the_menu_that_it_belongs_to(console, path):
    text = console.get(path).text
    menu = text[text.index('<nav aria-label="Main">') : text.index("</nav>")]

    marked = re.findall(r'<a href="([^"]+)" aria-current="(page|true)"', menu)

    own = path.partition("?")[0]
    assert len(marked) == 1, "somebody always knows where they are"
    assert (marked[0][1] == "page") == (marked[0][0] == own)


def test_no_page_belongs_to_a_word_that_the_menu_does_not_have():
    pages = [page for _, page in found_pages()]
    menu = {page.path for page in pages if page.menu}

    assert {page.menu_path for page in pages} == menu


def test_the_stylesheet_is_small_and_its_own(console):
    answer = console.get("/static/attending.css")

    assert answer.headers["content-type"].startswith("text/css")
    assert len(answer.content) <= 12 * 1024
    assert "url(" not in answer.text
    assert "@import" not in answer.text


def test_a_long_name_may_be_parted_where_people_would_and_is_never_markup():
    assert str(breaks("stays.class")) == "stays.class"
    assert str(breaks("departures.discharge_code")) == "departures.<wbr>discharge_<wbr>code"
    assert str(breaks("<img.src=x_onerror=alert(1)>")) == (
        "&lt;img.<wbr>src=x_<wbr>onerror=alert(1)&gt;"
    )
    assert not isinstance(breaks("<b>short</b>"), Markup), "the page escapes what is no markup"


def test_names_and_reasons_are_never_markup(console):
    for path in PATHS:
        text = console.get(path).text
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        assert "<b>under" not in text, path


def test_what_is_not_there_is_said_plainly(console):
    answer = console.get("/gates/watch_alert/eest")

    assert answer.status_code == 404
    assert "did you mean" in answer.text
    assert "east" in answer.text


def test_a_day_that_is_no_day_is_refused(console):
    for day in ("x", "-1", "1e9", "٣", "9" * 30):
        assert console.get("/", params={"as_of": day}).status_code == 400


def test_what_breaks_quotes_nothing(parts, console, monkeypatch):
    def broken(*_args):
        raise RuntimeError("secret-detail")

    monkeypatch.setattr(parts.history, "courses", broken)
    console._transport.raise_server_exceptions = False
    answer = console.get("/")
    console._transport.raise_server_exceptions = True

    assert answer.status_code == 500
    assert "secret-detail" not in answer.text
    assert "content-security-policy" in answer.headers
