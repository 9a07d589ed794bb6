"""Pictures are drawn apart, fetch nothing, and hold nothing but a picture."""

from __future__ import annotations

import http.server
import threading
from importlib.util import find_spec

import pytest
from markupsafe import Markup

from attending.console import drawing
from attending.console.chart import Chart, whole
from attending.console.drawing import Drawing, Worker, cleaned

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'
needs_engine = pytest.mark.skipif(find_spec("vl_convert") is None, reason="vl-convert is absent")


def chart(title="A finding", **parts):
    values = [{"x": 1, "y": 2, "label": "<script>alert(1)</script>"}]
    mark = {"mark": "text", "encoding": {"x": {"field": "x"}, "text": {"field": "label"}}}
    spec = whole(title, "how to read it", {"data": {"values": values}, **mark, **parts})
    return Chart("c", title, "how to read it", {"x": "x"}, values, spec)


@pytest.fixture
def draws():
    made = Drawing()
    yield made
    made.close()


@needs_engine
def test_a_picture_is_drawn_once(draws, monkeypatch):
    first = draws.picture(chart())
    monkeypatch.setattr(draws, "_worker", None)

    assert first.startswith("<svg")
    assert draws.picture(chart()) is first


@needs_engine
def test_names_in_a_picture_are_words_and_not_markup(draws):
    picture = draws.picture(chart("<img src=x onerror=alert(1)>"))

    assert "<script" not in picture
    assert "<img" not in picture
    assert "&lt;script&gt;" in picture


@needs_engine
def test_no_address_in_a_specification_is_ever_fetched(draws):
    asked = []

    class Listens(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Listens) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/data.json"
        image = {"mark": {"type": "image", "url": url}, "encoding": {"x": {"field": "x"}}}
        for parts in ({"data": {"url": url}}, image):
            draws.picture(chart(**parts))
        server.shutdown()

    assert asked == []


@needs_engine
def test_a_worker_that_died_is_started_again():
    worker = Worker()
    try:
        spec = drawing.json.dumps(chart().spec)
        assert worker.ask(spec)
        worker._process.kill()
        worker._process.wait()
        assert worker.ask(spec)
        assert worker.ask("no json") is None
    finally:
        worker.close()


def test_without_the_engine_the_table_stands_alone(monkeypatch):
    monkeypatch.setattr(drawing, "find_spec", lambda _name: None)

    assert Drawing().picture(chart()) == Markup()


def test_a_page_without_pictures_still_has_its_numbers(make_parts, store, sign_in, monkeypatch):
    monkeypatch.setattr(drawing, "find_spec", lambda _name: None)
    text = sign_in(make_parts(store)).get("/gates/watch_alert/west").text

    assert "<svg" not in text
    assert "could not be drawn" in text
    assert '<details class="behind" open>' in text


@pytest.mark.parametrize(
    "inner",
    ["<script>alert(1)</script>", "<foreignObject/>", "<style>*{}</style>", "<image/>", "<use/>"],
)
def test_a_picture_holds_only_what_pictures_are_made_of(inner):
    with pytest.raises(ValueError, match="may not hold"):
        cleaned(SVG.format(inner), name="c", label="l")


def test_a_picture_loses_handlers_styles_and_foreign_links():
    dirty = (
        '<a xlink:href="javascript:alert(1)" onclick="x()" style="y" target="z"><text>1</text></a>'
        '<a xlink:href="/facts/7"><rect/></a><a href="//evil.example"/>'
    )
    text = cleaned(SVG.format(dirty), name="c", label='a "label" <b>')

    assert "javascript" not in text
    assert "onclick" not in text
    assert "style" not in text
    assert "evil" not in text
    assert 'href="/facts/7"' in text
    assert "&lt;b&gt;" in text


def test_two_pictures_on_a_page_share_no_id():
    one = SVG.format('<clipPath id="clip1"/><g clip-path="url(#clip1)"/>')

    assert 'id="aclip1"' in cleaned(one, name="a", label="")
    assert "url(#bclip1)" in cleaned(one, name="b", label="")
