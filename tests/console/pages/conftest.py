"""What pages about proposals are tested with: a desk, and forms as a browser would send them."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from attending.admit import documents_of


class Fields(HTMLParser):
    """Reads the forms of a page as a browser would send them."""

    def __init__(self, text):
        super().__init__()
        self.forms, self._area, self._select = [], None, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and told.get("type") != "checkbox" and told.get("name"):
            self.forms[-1][told["name"]] = told.get("value", "")
        elif tag == "textarea":
            self._area = told["name"]
            self.forms[-1][self._area] = ""
        elif tag == "select":
            self._select = told["name"]
        elif tag == "option" and ("selected" in told or self._select not in self.forms[-1]):
            self.forms[-1][self._select] = told["value"]

    def handle_endtag(self, tag):
        self._area = None if tag == "textarea" else self._area
        self._select = None if tag == "select" else self._select

    def handle_data(self, data):
        if self._area:
            self.forms[-1][self._area] += data


def form_of(text, what="submit"):
    """Give the form of a page that does something, with lines ended as browsers send them."""
    (form,) = (f for f in Fields(text).forms if f.get("what") == what)
    return {name: value.replace("\n", "\r\n") for name, value in form.items()}


def plain(text):
    """Give a page's text as people read it."""
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


class Proposals:
    """A console over a live store, where people propose tools."""

    form_of, plain = staticmethod(form_of), staticmethod(plain)

    def __init__(self, live, proposing):
        self.live, self.proposing, self.post, self.at = live, proposing, live.post, live.at
        self.parts = live.parts

    def propose(self, **over):
        (document,) = documents_of(self.proposing.file.read_text("utf-8"))
        content = self.proposing.plain(**over) if over else document.plain
        self.parts.intake.submit(type(document)(content), person="radiology-champion")

    def form(self, path="/intake/report_drafting"):
        return form_of(self.live.page(path=path))

    def words(self, path="/intake"):
        return plain(self.live.page(path=path))

    @property
    def last(self):
        return self.parts.intake.known().proposals["report_drafting"].last


@pytest.fixture
def desk(live, proposing):
    return Proposals(live, proposing)
