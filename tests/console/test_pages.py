"""What every page keeps: it answers, it is whole, and nothing in it comes from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from attending.console.app import found_pages

PATHS = [
    "/",
    "/use-cases",
    "/use-cases/watch_alert",
    "/rollouts/watch_alert",
    "/gates/watch_alert/east",
    "/gates/watch_alert/west",
    "/gates/watch_alert/all",
    "/audit",
    "/facts/0",
    "/practice",
    "/orders/watch_alert/suspend?scope=west",
    "/orders/watch_alert/lift?scope=east",
]
ALL = [*PATHS, "/sign-in", "/nowhere"]
VOID = {"meta", "link", "input", "br", "img"}
LABELED = {"input", "select"}


class Whole(HTMLParser):
    """Reads a page and notes what is wrong with it."""

    def __init__(self):
        super().__init__()
        self.open, self.faults, self.ids, self.labels, self.fields = [], [], [], set(), []
        self.headings, self.links = [], []

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("script", "style", "iframe", "object", "embed"):
            self.faults.append(f"holds <{tag}>")
        for name in told:
            if name.startswith("on") or name == "style":
                self.faults.append(f"<{tag} {name}>")
        if "id" in told:
            self.ids.append(told["id"])
        if tag == "label":
            self.labels.add(told["for"])
        if tag in LABELED and told.get("type") != "hidden":
            self.fields.append(told["id"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.links += [told[k] for k in ("href", "src", "action") if told.get(k)]
        if tag == "img" and "alt" not in told:
            self.faults.append("an image without words")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


def read(text):
    page = Whole()
    page.feed(text)
    page.close()
    return page


@pytest.mark.parametrize("path", PATHS)
def test_each_page_answers(console, path):
    answer = console.get(path)

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ALL)
def test_each_page_is_whole(console, path):
    page = read(console.get(path).text)

    assert not page.faults
    assert not page.open
    assert len(page.ids) == len(set(page.ids))
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    assert set(page.fields) <= page.labels


@pytest.mark.parametrize("path", ALL)
def test_nothing_is_fetched_from_elsewhere(console, path):
    answer = console.get(path)
    outside = re.findall(r"(?:https?:)?//[a-z0-9.-]+", answer.text)

    assert set(outside) <= {"http://www.w3.org"}, path  # the name of SVG, which nobody fetches
    assert not [link for link in read(answer.text).links if not link.startswith(("/", "?", "#"))]


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

    assert there <= asked


def test_each_link_leads_somewhere(console):
    seen, wanted = set(), {"/"}
    while wanted and len(seen) < 60:
        path = wanted.pop()
        seen.add(path)
        answer = console.get(path)
        assert answer.status_code == 200, path
        if "html" in answer.headers["content-type"]:
            links = {link.partition("#")[0] for link in read(answer.text).links}
            wanted |= {p for p in links if p.startswith("/") and "/sign-" not in p} - seen

    assert len(seen) > 20


def test_the_stylesheet_is_small_and_its_own(console):
    answer = console.get("/static/attending.css")

    assert answer.headers["content-type"].startswith("text/css")
    assert len(answer.content) <= 12 * 1024
    assert "url(" not in answer.text
    assert "@import" not in answer.text


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
