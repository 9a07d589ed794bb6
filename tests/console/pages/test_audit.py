"""The audit page finds facts by their keys, and says whether the ledger holds."""

from __future__ import annotations

import re

ORIGIN = {"origin": "http://localhost:8321"}


def indexes(text):
    return [int(i) for i in re.findall(r'<td class="n"><a href="/facts/(\d+)"', text)]


def test_the_head_is_the_ledger_s(console, replayed):
    text = console.get("/audit").text

    assert replayed[1]["ledger"]["root"] in text
    assert f"{replayed[1]['ledger']['size']:,}" in text


def test_the_last_facts_come_first_and_earlier_ones_follow(console):
    text = console.get("/audit").text
    first = indexes(text)
    before = re.search(r"before=(\d+)", text)[1]

    assert first == sorted(first, reverse=True)
    assert indexes(console.get("/audit", params={"before": before}).text)[0] == first[-1] - 1


def test_a_prediction_is_found_by_its_pseudonym(console, parts):
    served = next(parts.reader.entries(kinds=("served",)))
    name = served.fact.body["prediction"]
    found = indexes(console.get("/audit", params={"q": name}).text)

    assert served.index in found
    kinds = {parts.reader.entry(i).fact.kind for i in found}
    assert kinds == {"served", "observed"}


def test_a_use_case_nobody_has_finds_nothing(console):
    assert "No fact fits" in console.get("/audit", params={"use_case": "other"}).text


def test_a_search_is_words_and_never_a_program(console):
    for text in ("' OR 1=1 --", "%", "<script>alert(1)</script>", "\x00"):
        answer = console.get("/audit", params={"q": text})
        assert answer.status_code == 200
        assert "No fact fits" in answer.text
        assert "<script>alert" not in answer.text


def test_verifying_is_one_click(make_parts, own_store, sign_in):
    parts = make_parts(own_store)
    client = sign_in(parts)
    csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/audit").text)[1]

    assert "still running" in client.get("/audit").text
    assert client.post("/audit", data={"csrf": csrf}, headers=ORIGIN).status_code == 303
    assert "It holds" in client.get("/audit").text


def test_a_fact_s_site_is_told_by_its_title_in_the_list_and_on_its_own_page(console, parts):
    served = next(e for e in parts.reader.entries(kinds=("served",)) if e.fact.site == "west")
    listed = console.get("/audit", params={"q": served.fact.key}).text
    assert "<td>West</td>" in listed
    assert "<td>west</td>" not in listed

    page = console.get(f"/facts/{served.index}").text
    assert "<dt>Site</dt><dd>West</dd>" in page
    assert "One answer for one case at West: " in page
    assert "&#34;site&#34;: &#34;west&#34;" in page, "as it was written, it stands as it was"
