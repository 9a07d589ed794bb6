"""A binder holds what was asked for, all of it, the same each time, and nothing that was sealed."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from attending.digest import canonical
from attending.errors import NoSuchName, ProofFailed, Refused
from attending.facts.fact import By, Fact
from attending.fhir.cleared import NotCleared
from attending.ledger import layout
from attending.ledger.key_file import key_in
from attending.ledger.note import signed_by
from attending.ledger.offline_binder import check_binder, files_in, read_key
from attending.ledger.open_reader import open_reader
from attending.ledger.seal_binder import seal_binder
from attending.ledger.verify import verify_until
from attending.loops.system.binders import build, wanted
from attending.report.asked_again import differing
from attending.wiring import open_books

SECRET = b"what a model was given"
NOTHING_CITED = (33,)  # a question that cannot be answered yet
WHY = "the court asks for it"


def given(n):
    return canonical({"n": n, "fields": {"given": SECRET.decode()}})


def specs(use_case, *inputs):
    """Declare what a use case's model may be given."""
    told = {
        "kind": "UseCase", "name": use_case, "title": "W", "path": "A",
        "priority": "quality_safety", "problem": "P", "executive_sponsor": {"person": "a"},
        "success": [{"metric": "outcomes.risk_ratio", "target": 0.9, "by": "day 90"}],
        "clinical_champion": {"person": "b"}, "inputs": dict.fromkeys(inputs, "context.x"),
        "after_launch": {"owner": "a", "decides": "b", "funds": "c", "supports": "d"},
        "workflow": {"channel": "cds_hooks", "hook": "patient-view",
                     "card": {"summary": "s", "limits": "l", "call": "c"}},
        "outcomes": [{"name": "o", "title": "O", "sources": ["s"], "window": "3 d",
                      "maturity": "3 d"}],
        "value": {"account": "quality", "claim": "c"},
        "monitoring": [{"metric": "outcomes.risk_ratio", "principle": "impact",
                        "cadence": "daily", "owner": "a", "trigger": "t", "action": "suspend"}],
        "risk": {"acts_without_person": False, "drives_treatment_or_triage": True,
                 "time_critical": False, "protected_input": False, "device": "not_device"},
    }  # fmt: skip
    body = {"type": "specs/1", "digests": {}, "title": "W", "documents": {"use_case": told}}
    return Fact(kind="declared", key=f"{use_case}/{len(inputs)}", at="2026-10-30T08:00:00.000Z",
                by=By("platform"), use_case=use_case, body=body)  # fmt: skip


def answer(n):
    inputs = sha256(given(n)).hexdigest()
    body = {"type": "prediction/1", "prediction": f"p{n}", "display": "silent",
            "patient": f"patient{n % 3}", "inputs": inputs}  # fmt: skip
    return Fact(kind="served", key=f"g/{n}/served", at=f"2026-10-{n + 1:02}T08:00:00.000Z",
                by=By("gateway", via="gateway"), body=body, use_case="watch" if n % 2 else "falls",
                site="east" if n % 4 < 2 else "west", release="watch-1")  # fmt: skip


def response(n):
    body = {"type": "response/1", "prediction": f"p{n}", "response": "accepted"}
    return Fact(kind="observed", key=f"r/{n}", at=f"2026-10-{n + 2:02}T09:00:00.000Z",
                by=By("gateway", via="gateway"), body=body, use_case=answer(n).use_case,
                site=answer(n).site)  # fmt: skip


@pytest.fixture
def store(tmp_path):
    with open_books(tmp_path / "s") as books:
        for n in range(20):
            payload = given(n)
            books.write([answer(n), response(n)], [payload])
    return tmp_path / "s"


def built(store, scope=None, **asked):
    why = asked.pop("payloads_because", "")
    with open_books(store) as books:
        return build(
            books, store, wanted(scope or {}, **asked), By("auditor"), payloads_because=why
        )


def checked(made, store, ledger=None):
    keys = [read_key(layout.public_key(store).read_text())]
    return check_binder(made.raw, keys, signed_by, ledger)


def facts_of(made):
    lines = files_in(made.raw)["facts.ndjson"].splitlines()
    return {json.loads(line)["index"]: json.loads(json.loads(line)["bytes"]) for line in lines}


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"use_case": "watch"}, lambda f: f["use_case"] == "watch"),
        ({"site": "east"}, lambda f: f["site"] == "east"),
        ({"use_case": "falls", "site": "west"},
         lambda f: (f["use_case"], f["site"]) == ("falls", "west")),
        ({"since": "2026-10-05", "until": "2026-10-09"},
         lambda f: "2026-10-05" <= f["at"][:10] <= "2026-10-09"),
        ({"patient": "patient1"}, lambda f: int(f["body"]["prediction"][1:]) % 3 == 1),
        ({}, lambda f: True),
    ],
)  # fmt: skip
def test_a_binder_holds_exactly_what_its_scope_asks_for(store, scope, expected):
    reader = open_reader(store)
    wanted_there = {
        e.index for e in reader.entries() if expected(json.loads(reader.row(e.index).raw))
    }
    reader.close()

    made = built(store, scope, questions=NOTHING_CITED)

    assert facts_of(made).keys() == wanted_there
    assert checked(made, store, store)["left_out"] == "nothing"


def test_the_same_facts_and_scope_give_the_same_bytes_and_go_on_record_once(store):
    first = built(store, {"use_case": "watch"})
    with open_books(store) as books:
        books.write([answer(25)])
    again = built(store, {"use_case": "watch"}, as_of=str(first.built.scope.size))

    assert again.raw == first.raw
    assert (first.is_new, again.is_new) == (True, False)
    now = built(store, {"use_case": "watch"}, questions=NOTHING_CITED)
    was = built(store, {"use_case": "watch"}, questions=NOTHING_CITED, as_of="40")
    assert facts_of(now).keys() == facts_of(was).keys() | {41}


def test_a_fact_left_out_is_found_with_the_ledger_and_only_with_it(store):
    made = built(store, {"use_case": "watch"}, questions=(21,))
    files = {k: v for k, v in files_in(made.raw).items() if not k.startswith("MANIFEST")}
    about = json.loads(files_in(made.raw)["MANIFEST.json"])
    cited = {
        i for k, v in files.items() if k.startswith("answers/") for i in json.loads(v)["cites"]
    }
    gone = next(i for i in facts_of(made) if i not in cited)
    for name in ("facts.ndjson", "proofs.ndjson"):
        kept = [x for x in files[name].splitlines(keepends=True) if json.loads(x)["index"] != gone]
        files[name] = b"".join(kept)
    del about["files"], about["schema"], files["verify.py"]
    lying = seal_binder(store, files, about)

    assert checked(lying, store)["left_out"].startswith("not known")
    with pytest.raises(ValueError, match="left out") as error:
        checked(lying, store, store)
    assert error.value.args[1] == gone
    with pytest.raises(ValueError, match="not the one"):
        checked(made, store, _other(store))


def _other(store):
    other = store.parent / "other"
    with open_books(other) as books:
        books.write([answer(n) for n in range(60)])
    return other


def test_what_was_erased_since_does_not_make_a_binder_look_incomplete(store):
    made = built(store, {"since": "2026-10-03", "until": "2026-10-12"})
    with open_books(store) as books:
        books.pen.erase([5, 30], by=By("officer"), at=books.at, because="asked")

    assert checked(made, store, store)["because"] == ""
    later = built(store, {"use_case": "falls"})
    assert checked(later, store, store)["erased"] == 1


def test_an_answer_that_the_ledger_does_not_give_is_found_by_asking_again(store):
    made = built(store, {"use_case": "watch"}, questions=(13, 21))
    files = {k: v for k, v in files_in(made.raw).items() if not k.startswith("MANIFEST")}
    about = json.loads(files_in(made.raw)["MANIFEST.json"])
    told = json.loads(files["answers/q13.json"])
    files["answers/q13.json"] = canonical(told | {"because": "All is well.", "digest": "0" * 64})
    del about["files"], about["schema"], files["verify.py"]
    lying = seal_binder(store, files, about)

    assert checked(lying, store, store)["because"] == ""
    reader = open_reader(store)
    assert differing(made.raw, reader, verified=lambda n: verify_until(store, n)) == ()
    assert differing(lying.raw, reader, verified=lambda n: verify_until(store, n)) == (13,)
    reader.close()


def test_what_was_sealed_is_in_no_binder_unless_somebody_says_why(store):
    assert SECRET not in built(store, {"use_case": "watch"}).raw
    with pytest.raises(Refused, match="reason"):
        built(store, {"use_case": "watch"}, payloads_because="why?")
    with open_books(store) as books:
        books.write([specs("watch", "given")])

    made = built(store, {"use_case": "watch"}, payloads_because=WHY)

    opened = [n for n in files_in(made.raw) if n.startswith("payloads/")]
    assert (len(opened), made.built.counts["payloads"]) == (10, 10)
    assert all(SECRET in files_in(made.raw)[name] for name in opened)
    assert checked(made, store)["because"] == ""
    assert made.built.why
    assert not [p for p in store.rglob("*") if p.is_file() and WHY.encode() in p.read_bytes()]


@pytest.mark.parametrize("declared", [None, (), ("sex", "age")], ids=str)
def test_what_nobody_declared_leaves_in_no_binder(store, declared):
    with open_books(store) as books:
        books.write([specs("falls", "given")])
        if declared is not None:
            books.write([specs("watch", *declared)])

    with pytest.raises(NotCleared, match="declare"):
        built(store, {"use_case": "watch"}, payloads_because=WHY)
    assert built(store, {"use_case": "falls"}, payloads_because=WHY).built.counts["payloads"] == 10


def test_with_another_key_nothing_sealed_is_given_and_no_binder_is_made(store):
    layout.payload_key(store).unlink()
    key_in(layout.payload_key(store))

    with pytest.raises(ProofFailed, match="does not open"):
        built(store, {"use_case": "watch"}, payloads_because=WHY)


def test_a_binder_of_what_is_cited_holds_that_alone(store):
    made = built(store, {"use_case": "watch", "select": "cited"}, questions=(13,))
    told = json.loads(files_in(made.raw)["answers/q13.json"])

    assert [*facts_of(made)] == told["cites"]
    assert len(told["cites"]) == 10
    assert checked(made, store, store)["left_out"] == "nothing"


@pytest.mark.parametrize(
    ("scope", "error"),
    [
        ({"use_case": "wacht"}, NoSuchName),
        ({"site": "eats"}, NoSuchName),
        ({"patient": "patient9"}, Refused),
        ({"since": "yesterday"}, Refused),
        ({"since": "2026-10-09", "until": "2026-10-08"}, Refused),
        ({"since": "2030-01-01", "use_case": "watch"}, Refused),
    ],
)
def test_what_would_be_an_empty_or_another_binder_is_refused(store, scope, error):
    with pytest.raises(error):
        built(store, scope, questions=NOTHING_CITED)


def test_a_ledger_that_was_altered_gives_no_binder(store):
    import sqlite3

    with sqlite3.connect(layout.database(store)) as database:
        changed = "UPDATE fact SET bytes = CAST(replace(bytes, 'p7', 'p8') AS BLOB) WHERE idx = 14"
        database.execute(changed)
    for questions in ((21,), NOTHING_CITED):
        with pytest.raises(ProofFailed):
            built(store, {"use_case": "watch"}, questions=questions)
