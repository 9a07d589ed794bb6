"""Documents of the wrong shape, and what the person is told to type next."""

from __future__ import annotations

import pytest

REFUSED = {
    "a misspelt key says so once, not that the right one is missing too": (
        "usecase.yaml",
        "executive_sponsor:",
        "executive_sponser:",
        (
            "usecase.yaml:9: executive_sponser: there is no key 'executive_sponser' here; did "
            "you mean 'executive_sponsor'? (accepted: kind, name, title, path, priority, "
            "problem, success, executive_sponsor, clinical_champion, after_launch, model, "
            "inputs, features, free_text, workflow, outcomes, subgroups, risk, value, monitoring, "
            "acts_as, source_attributes, proposal)"
        ),
    ),
    "a key that is near nothing": (
        "sites.yaml",
        "title: Elm Clinic",
        ("title: Elm Clinic\nqqq: 1"),
        (
            "sites.yaml:13: qqq: there is no key 'qqq' here (accepted: kind, name, title, "
            "units, timezone, strategic_value, readiness, patient_need, attributes, jurisdiction, "
            "data_stays_in)"
        ),
    ),
    "a name where a person is wanted": (
        "usecase.yaml",
        "executive_sponsor: {person: chief-nurse}",
        "executive_sponsor: chief-nurse",
        (
            "usecase.yaml:9: executive_sponsor: 'chief-nurse' stands here; write `{person: …}` "
            "(accepted: person, contact)"
        ),
    ),
    "a word where a list is wanted": (
        "usecase.yaml",
        "attributes: [sex]",
        "attributes: sex",
        "usecase.yaml:18: subgroups.attributes: 'sex' stands here; write `[sex]`",
    ),
    "keys where a list is wanted": (
        "usecase.yaml",
        ("success:\n  - {metric"),
        ("success:\n    {metric"),
        (
            "usecase.yaml:7: success: this is a group of keys; write `[{metric: …, target: …, "
            "by: …}]`"
        ),
    ),
    "a list where names and values are wanted": (
        "sites.yaml",
        "units: [4 West]",
        "attributes: [a]",
        "sites.yaml:4: attributes: this is a list; write `name: value` pairs",
    ),
    "a list where text is wanted": (
        "usecase.yaml",
        "title: Falls alert",
        "title: [Falls alert]",
        "usecase.yaml:3: title: this is a list; write text",
    ),
    "keys where a number is wanted": (
        "usecase.yaml",
        "target: 0.9",
        "target: {value: 0.9}",
        ("usecase.yaml:8: success[0].target: this is a group of keys; write a number, such as 0.9"),
    ),
    "yes and no": (
        "usecase.yaml",
        "time_critical: false",
        "time_critical: no",
        (
            "usecase.yaml:22: risk.time_critical: 'no' stands here; did you mean 'false'? "
            "(accepted: true, false)"
        ),
    ),
    "a number where true or false is wanted": (
        "usecase.yaml",
        "time_critical: false",
        "time_critical: 1",
        (
            "usecase.yaml:22: risk.time_critical: '1' stands here; did you mean 'true'? "
            "(accepted: true, false)"
        ),
    ),
    "neither true nor false": (
        "usecase.yaml",
        "time_critical: false",
        "time_critical: perhaps",
        "usecase.yaml:22: risk.time_critical: 'perhaps' stands here (accepted: true, false)",
    ),
    "a number in quotes": (
        "usecase.yaml",
        "target: 0.9",
        "target: '0.9'",
        "usecase.yaml:8: success[0].target: '0.9' is text; leave out the quotes: 0.9",
    ),
    "a number with a comma": (
        "usecase.yaml",
        "target: 0.9",
        'target: "0,9"',
        "usecase.yaml:8: success[0].target: '0,9' stands here; write a number, such as 0.9",
    ),
    "a number that is true": (
        "usecase.yaml",
        "target: 0.9",
        "target: true",
        "usecase.yaml:8: success[0].target: 'true' stands here; write a number, such as 0.9",
    ),
    "a number beyond all numbers": (
        "usecase.yaml",
        "target: 0.9",
        "target: .inf",
        (
            "usecase.yaml:8: success[0].target: inf cannot be reckoned with; write a number, "
            "such as 0.9"
        ),
    ),
    "a number too large to be written exactly": (
        "usecase.yaml",
        "target: 0.9",
        "target: 9007199254740993",
        (
            "usecase.yaml:8: success[0].target: 9007199254740993 cannot be reckoned with; write"
            " a number, such as 0.9"
        ),
    ),
    "not a number": (
        "usecase.yaml",
        "target: 0.9",
        "target: .nan",
        (
            "usecase.yaml:8: success[0].target: nan cannot be reckoned with; write a number, "
            "such as 0.9"
        ),
    ),
    "half a case": (
        "rollout.yaml",
        "freezes:",
        ("decide_by: 0.5\nfreezes:"),
        "rollout.yaml:16: decide_by: 0.5 is not whole; write a whole number, such as 3",
    ),
    "a chance above one": (
        "rollout.yaml",
        "{expand: 0.05}",
        "{expand: 5}",
        (
            "rollout.yaml:4: budget.expand: 5 is out of range; write a number more than 0 and "
            "less than 1"
        ),
    ),
    "a score out of range": (
        "sites.yaml",
        "title: Elm Clinic",
        ("title: Elm Clinic\nreadiness: 5"),
        ("sites.yaml:13: readiness: 5 is out of range; write a number at least 0 and at most 4"),
    ),
    "days without their unit": (
        "usecase.yaml",
        "maturity: 30 d",
        "maturity: 30",
        (
            "usecase.yaml:17: outcomes[0].maturity: '30' does not fit; write a number of days, "
            "such as 14 d"
        ),
    ),
    "a name with spaces": (
        "usecase.yaml",
        "name: falls\n",
        "name: Falls alert\n",
        (
            "usecase.yaml:2: name: 'Falls alert' does not fit; write lower-case letters, digits"
            " and _, starting with a letter, such as aki_alert"
        ),
    ),
    "a name with a line end in it": (
        "usecase.yaml",
        "name: falls\n",
        'name: "falls\\n"\n',
        (
            "usecase.yaml:2: name: 'falls\\n' does not fit; write lower-case letters, digits and"
            " _, starting with a letter, such as aki_alert"
        ),
    ),
    "a date in words": (
        "rollout.yaml",
        "ends: 2027-01-02",
        "ends: 2 January",
        (
            "rollout.yaml:17: freezes[0].ends: '2 January' does not fit; write a date, such as "
            "2026-10-13"
        ),
    ),
    "a card too long for the screen": (
        "usecase.yaml",
        "summary: Risk of a fall",
        "summary: " + "very " * 29,
        "usecase.yaml:15: workflow.card.summary: 144 characters; at most 140 are shown",
    ),
    "a display that is not one": (
        "source.yaml",
        "0: silent",
        "0: quiet",
        (
            "source.yaml:8: cases.display.map.0: 'quiet' is not one of the words used here; did"
            " you mean 'silent'? (accepted: failed, late, no_advice, shown, silent, suppressed)"
        ),
    ),
    "a display that is nothing": (
        "source.yaml",
        "0: silent",
        "0: ",
        (
            "source.yaml:8: cases.display.map.0: there is nothing here (accepted: failed, late,"
            " no_advice, shown, silent, suppressed)"
        ),
    ),
    "a character that cannot be printed": (
        "usecase.yaml",
        "title: Falls alert",
        'title: "Falls\\x1b[2J"',
        (
            "usecase.yaml:3: title: 'Falls\\x1b[2J' holds a character that cannot be printed; "
            "remove it"
        ),
    ),
    "half a character in a key": (
        "sites.yaml",
        "units: [4 West]",
        'attributes: {"\\ud800": a}',
        (
            "sites.yaml:4: attributes: the key '\\ud800' is not text; write a name, in quotes if"
            " need be"
        ),
    ),
    "a digest that is none": (
        "model.yaml",
        "vendor: maker",
        ("vendor: maker\nsha256: abc"),
        (
            "model.yaml:7: sha256: 'abc' does not fit; write 64 lower-case hexadecimal digits, "
            "as sha256sum prints them"
        ),
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "told"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_where_it_stands(spoiled, file, old, new, told):
    assert spoiled(file, old, new) == told
