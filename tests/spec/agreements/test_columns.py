"""What a source says wrongly about itself, and what the person is told."""

from __future__ import annotations

import msgspec
import pytest

from attending.admit import admit

REFUSED = {
    "a day told in two ways": (
        "source.yaml",
        "days_since: site_launch",
        "as: date, per_day: 3",
        (
            "source.yaml:6: cases.day: a day is told in exactly one of these ways, not by "
            "column, as, per_day: {column: studytime, days_since: site_launch} or {column: at, "
            "as: date, since: 2026-01-01} or {column: at, as: datetime} or {hash_of: id, "
            "per_day: 10}"
        ),
    ),
    "a day not told at all": (
        "source.yaml",
        "{column: day, days_since: site_launch}",
        "{}",
        (
            "source.yaml:6: cases.day: a day is told in exactly one of these ways, not by "
            "nothing: {column: studytime, days_since: site_launch} or {column: at, as: date, "
            "since: 2026-01-01} or {column: at, as: datetime} or {hash_of: id, per_day: 10}"
        ),
    ),
    "a launch that is no date": (
        "source.yaml",
        "days_since: site_launch",
        "as: date, since: {Elm: 2026-13-01}",
        (
            "source.yaml:6: cases.day.since.Elm: '2026-13-01' is no date; write one such as "
            "2026-10-13"
        ),
    ),
    "a launch with a week date, which Python would read": (
        "source.yaml",
        "days_since: site_launch",
        "as: date, since: 2026-W41-2",
        ("source.yaml:6: cases.day.since: '2026-W41-2' is no date; write one such as 2026-10-13"),
    ),
    "a launch at a site that is not there": (
        "source.yaml",
        "days_since: site_launch",
        "as: date, since: {Elms: 2026-01-01}",
        (
            "source.yaml:6: cases.day.since.Elms: there is no Site 'Elms' in this folder; did "
            "you mean 'Elm'? (accepted: Alder, Birch, Elm)"
        ),
    ),
    "a row mapped to a site that is not there": (
        "source.yaml",
        "3: Elm",
        "3: Elms",
        (
            "source.yaml:5: cases.site.map.3: there is no Site 'Elms' in this folder; did you "
            "mean 'Elm'? (accepted: Alder, Birch, Elm)"
        ),
    ),
    "probabilities that do not sum to 1": (
        "source.yaml",
        "{alerted: 0.5, usual: 0.5}",
        "{alerted: 0.5, usual: 0.4}",
        "source.yaml:7: cases.arm.probability: probabilities must sum to 1, not 0.9",
    ),
    "an arm drawn that the map does not have": (
        "source.yaml",
        "{alerted: 0.5, usual: 0.5}",
        "{alert: 0.5, usual: 0.5}",
        (
            "source.yaml:7: cases.arm.probability.alert: there is no arm 'alert' in the map; "
            "did you mean 'alerted'? (accepted: alerted, usual)\n"
            "source.yaml:7: cases.arm.probability: arm 'alerted' has no probability; write the "
            "one it was drawn with"
        ),
    ),
    "cuts that fall": (
        "source.yaml",
        "cuts: [65, 80]",
        "cuts: [80, 65]",
        ("source.yaml:9: cases.subgroups.age.cuts: cuts must rise, each once, such as [65, 80]"),
    ),
    "no cuts at all": (
        "source.yaml",
        "cuts: [65, 80]",
        "cuts: []",
        ("source.yaml:9: cases.subgroups.age.cuts: cuts must rise, each once, such as [65, 80]"),
    ),
    "a map and cuts together": (
        "source.yaml",
        "cuts: [65, 80]",
        "cuts: [65, 80], map: {1: old}",
        "source.yaml:9: cases.subgroups.age: has both a map and cuts; keep one",
    ),
    "an outcome read in no way": (
        "source.yaml",
        "{any: [fall, fracture], ",
        "{",
        (
            "source.yaml:11: outcomes.fall30: an outcome is read in exactly one way: `any: "
            "[column, …]` or `column: name`"
        ),
    ),
    "an outcome read in two ways": (
        "source.yaml",
        "{any: [fall, fracture], ",
        "{any: [fall], column: fall, ",
        (
            "source.yaml:11: outcomes.fall30: an outcome is read in exactly one way: `any: "
            "[column, …]` or `column: name`"
        ),
    ),
    "an outcome of no columns": (
        "source.yaml",
        "any: [fall, fracture]",
        "any: []",
        "source.yaml:11: outcomes.fall30.any: the list is empty; name at least one column",
    ),
    "two tests of one column": (
        "source.yaml",
        "any: [fall, fracture]",
        "column: fall, above: 1, true_when: [2]",
        "source.yaml:11: outcomes.fall30: has both true_when and above; keep one",
    ),
    "a test without its column": (
        "source.yaml",
        "any: [fall, fracture]",
        "any: [fall], above: 1",
        ("source.yaml:11: outcomes.fall30: true_when and above go with `column:`, not with `any:`"),
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "told"), REFUSED.values(), ids=REFUSED)
def test_a_source_that_contradicts_itself_is_refused(spoiled, file, old, new, told):
    assert spoiled(file, old, new) == told


JOINED = """\
kind: Source
name: feed
cases: {case: encounter, joined_on: encounter, site: {column: hospital}}
outcomes: {fall30: {column: fell, known_after: 30 d}}
"""


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("day", "day: {column: day, days_since: site_launch}"),
        ("arm", "arm: {column: a, map: {1: x, 0: y}, probability: {x: 0.5, y: 0.5}}"),
        ("display", "display: {column: a, map: {1: shown}}"),
        ("subgroups", "subgroups: {sex: {column: sex}}"),
        ("inputs", "inputs: {age: {column: age}}"),
    ],
)
def test_what_the_gateway_knows_of_a_case_is_not_told_again(falls, spoiled, key, written):
    (falls / "feed.yaml").write_text(JOINED, "utf-8")

    assert spoiled("feed.yaml", "site: {", f"{written}, site: {{") == (
        f"feed.yaml:3: cases.{key}: with joined_on, rows bring outcomes alone: the gateway "
        f"answered the encounter and recorded the case; leave out `{key}:`, or leave out "
        "`joined_on:` where rows tell of cases themselves"
    )


def test_a_source_without_a_day_is_told_of_every_way_to_tell_one(spoiled):
    told = spoiled("source.yaml", "  day: {column: day, days_since: site_launch}\n", "")

    assert "a day is told in exactly one of these ways, not by nothing: {column: " in told


def test_a_source_joined_to_the_gateway_s_cases_needs_no_day(falls, known):
    (falls / "feed.yaml").write_text(JOINED, "utf-8")

    feed = admit(falls, known=known).sources["feed"]
    assert feed.cases.joins == "encounter"
    assert (
        "joined_on" not in msgspec.to_builtins(admit(falls, known=known).sources["source"])["cases"]
    )


def test_what_a_source_may_be_joined_on_is_one_of_three(falls, spoiled):
    (falls / "feed.yaml").write_text(JOINED, "utf-8")

    told = spoiled("feed.yaml", "joined_on: encounter", "joined_on: encountr")
    assert "did you mean 'encounter'? (accepted: encounter, patient, prediction)" in told
