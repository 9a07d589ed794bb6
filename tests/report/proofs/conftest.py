"""Facts for proofs: a town's specs, and what else a case puts on record, in memory."""

from __future__ import annotations

import importlib.util

import pytest

from attending import shapes
from attending.digest import digest
from attending.facts.entry import Entry
from attending.facts.fact import By, Fact
from attending.report.proof import About, Wanted
from attending.spec.risk import inputs_digest
from attending.spec.use_case import Risk

DATE = "2026-10-13"
FIRST = 7  # the index of the specs: a proof that cites by chance cites another
KINDS = {"said": "departed/1", "acted": "receipt/1 erasure/1", "ingested": "tool/1"}


class Record:
    """A few facts in their order, as a ledger would give them."""

    def __init__(self, entries):
        self._entries = entries

    def size(self):
        return 1 + max((e.index for e in self._entries), default=-1)

    def root(self, size=None):
        return digest({"size": size})

    def entries(self, start=0):
        return iter([e for e in self._entries if e.index >= start])

    def without(self, index):
        return Record([e for e in self._entries if e.index != index])

    def asks(self, *, args=None, fresh_days=None):
        """Put a rule's query to these facts."""
        args = shapes.convert(args or {}, dict[str, str | int | tuple[str, ...]])
        return Wanted(About("falls", self._entries), DATE, args, fresh_days)


def fact(index, body, *, at, use_case):
    kinds = {t: kind for kind, types in KINDS.items() for t in types.split()}
    made = Fact(kind=kinds.get(body["type"], "decided"), key=f"{index}", at=f"{at}T00:00:00.000Z",
                by=By("post"), use_case=use_case, body=body)  # fmt: skip
    return Entry(index, made)


@pytest.fixture(scope="session")
def town(root):
    spec = importlib.util.spec_from_file_location("town", root / "tests/rollout/conftest.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="session")
def record_of(town):
    """Give what makes a record of a case: specs that differ in some keys, and further facts."""

    def make(specs=(), facts=(), declared_on="2026-01-02"):
        entries = []
        documents = {"use_case": town.USE_CASE, "rollout": town.ROLLOUT,
                     "committees": {"ai": town.COMMITTEE}}  # fmt: skip
        if specs is not None:
            over = dict(specs)
            for name in ("use_case", "rollout"):
                documents[name] = documents[name] | over.pop(name, {})
            body = {"type": "specs/1", "digests": {}, "documents": documents | over}
            entries.append(fact(FIRST, body, at=declared_on, use_case="falls"))
        risk = shapes.convert(documents["use_case"]["risk"], Risk)
        for index, told in enumerate(facts, FIRST + 1):
            body = dict(told)
            at, about = body.pop("at", "2026-10-12"), body.pop("about", "falls")
            if body.get("inputs_digest") == "declared":
                body["inputs_digest"] = inputs_digest(risk)
            if body["type"] == "decision/1":
                body = DECISION | body
            entries.append(fact(index, body, at=at, use_case=about or None))
        return Record(entries)

    return make


SIGNED = {"person": "chair", "printed_name": "chair", "at": "2026-10-01T00:00:00.000Z",
          "meaning": "responsibility", "digest": "x", "auth": ["store"]}  # fmt: skip
DECISION = {
    "digest": "d", "item": "falls/first", "meeting": "first", "round": 1, "committee": "ai",
    "because": "3 approve", "packet_digest": "x", "votes": [], "uncounted": [], "recused": [],
    "quorum": {"voting": 3, "voting_wanted": 3, "practicing": 1, "practicing_wanted": 1},
    "conditions": [], "closes": [], "signature": SIGNED,
}  # fmt: skip
