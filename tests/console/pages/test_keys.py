"""Keys of callers are told with the facts that put them on record and took them out of use."""

from __future__ import annotations

import re
from html import unescape

import msgspec

from attending.facts.credential import Credential
from attending.facts.fact import By, Fact
from attending.ledger.open_ledger import open_ledger

OLD, NEW, OTHER = (letter * 43 for letter in "abc")


def said(key, state, at, client="ehr"):
    body = msgspec.to_builtins(Credential(key=key, client=client, sites=("east",), state=state))
    return Fact(kind="said", key=f"credential/{key}/{state}", at=f"{at}T05:00:00.000Z",
                by=By(person="admin-post"), body=body)  # fmt: skip


def words(text):
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def test_each_key_says_whose_it_is_since_when_and_until_when(own_store, make_parts, sign_in):
    reader, pen = open_ledger(own_store)
    pen.append([
        said(OLD, "registered", "2026-10-01"), said(NEW, "registered", "2026-10-12"),
        said(OTHER, "registered", "2026-10-02", "lab"), said(OLD, "retired", "2026-10-13"),
    ])  # fmt: skip
    first = reader.size() - 4
    pen.append([said(OLD, "registered", "2026-10-14")])
    pen.close()
    reader.close()
    text = words(sign_in(make_parts(own_store)).get("/keys").text)

    assert "2 keys are in use, by 2 clients." in text
    rows = re.findall(
        r"([abc]{43}) [●○] (in use|retired) (\w+) east (.*?)(?= [abc]{43}| A key)", text
    )
    ends = [f"2026-10-01 fact {first:,}", f"2026-10-13 fact {first + 3:,}"]
    assert [(key, state, client) for key, state, client, _ in rows] == [
        (NEW, "in use", "ehr"), (OTHER, "in use", "lab"), (OLD, "retired", "ehr"),
    ]  # fmt: skip
    assert [end in rows[2][3] for end in ends] == [True, True], "and nothing brings it back"
    assert rows[0][3].endswith("no")
