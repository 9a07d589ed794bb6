"""What pages about proposals and about clinical data are tested with: a desk, forms, and rows."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser

import pytest

from attending.admit import documents_of
from attending.fhir.decode import decode_exact
from attending.fhir.number import body_digest
from attending.lake.clinical.received import Batch, Received
from attending.lake.clinical.store import ClinicalLake


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


# Resources in a clinical lake, and what is watched of them.
AT = datetime(2026, 6, 1, tzinfo=UTC)
DOCUMENTS = """\
kind: View
name: labs
resource: Observation
select:
  - column:
      - {name: code, path: code.coding.code.first(), type: code}
      - {name: taken, path: effective.ofType(dateTime), type: dateTime}
      - {name: amount, path: value.ofType(Quantity).value, type: decimal}
---
kind: Terms
name: local
version: "1"
credit: the laboratory's own list
written:
  - source_system: urn:lab
    target_system: urn:ours
    rows: [{source: L, target: lactate}]
columns:
  - {view: labs, column: code, map: local, system: urn:lab, allowed_unmapped: 0.3}
---
kind: Checks
name: lab_checks
source: labs
table: labs
key: key
order: received
order_as: number
site: site
day: taken
checks:
  - {check: present, column: amount, holds: [watch_alert]}
  - {check: in_range, column: amount, low: 0, high: 30}
"""


def observation(n, *, site, amount, code="L"):
    quantity = {} if amount is None else {"valueQuantity": {"value": amount}}
    day = AT + timedelta(days=n // 50)
    return {
        "resourceType": "Observation", "id": f"{site}-{n}", "code": {"coding": [{"code": code}]},
        "effectiveDateTime": day.isoformat(), **quantity,
    }  # fmt: skip


def brought(store, site, trees):
    """Bring resources in, as a feed does."""
    texts = [json.dumps(tree) for tree in trees]
    with ClinicalLake.open(store) as lake:
        raw = lake.raw.keep("\n".join(texts).encode())
        rows = [
            Received(
                n, 1, "Observation", tree["id"], text, body_digest(decode_exact(text.encode()))
            )
            for n, (tree, text) in enumerate(zip(trees, texts, strict=True))
        ]
        lake.load(Batch("labs", site, raw, AT), rows)
