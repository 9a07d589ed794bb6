"""Conditions are a closed language: what is in it is decided, what is not is never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.ingest.hl7v2.condition import NotFormal, condition, place

OWN = place("XPN.3")


class Values:
    """A message that holds these texts, each in one repetition or more."""

    def __init__(self, **texts):
        self._texts = {name.replace("_", "."): text for name, text in texts.items()}

    def _key(self, at):
        return ".".join(str(part) for part in at if part)

    def text(self, at):
        found = self._texts.get(self._key(at), "")
        return found if isinstance(found, str) else found[0]

    def valued(self, at):
        return bool(self._texts.get(self._key(at)))

    def count(self, at):
        found = self._texts.get(self._key(at), "")
        return (1 if found else 0) if isinstance(found, str) else len(found)


@pytest.mark.parametrize(
    ("text", "values", "holds"),
    [
        ("", {}, True),
        ("IF PV1-45 VALUED", {"PV1_45": "x"}, True),
        ("IF PV1-45 NOT VALUED", {"PV1_45": "x"}, False),
        ("IF PV1-20 VALUE", {}, False),
        ('IF OBX-2 EQUALS "NM"', {"OBX_2": "NM"}, True),
        ('IF OBX-2="NM"', {"OBX_2": "ST"}, False),
        ('IF OBX-5.3 NOT IN (":", "/")', {}, True),
        ('IF PRT-4 IS IN ("AD", "AP")', {"PRT_4": "AP"}, True),
        ('IF ROL-3.3 EQUALS "A" AND ROL-3.1 IS NOT "PP"', {"ROL_3_3": "A", "ROL_3_1": "PP"}, False),
        ("IF PID-33 AND PID-34 VALUED", {"PID_33": "x"}, False),
        ("IF PV1-3.2 OR PV1-3.3 VALUED", {"PV1_3_3": "x"}, True),
        ("IF PRT-9 VALUED OR IF PRT-14 VALUED", {"PRT_14": "x"}, True),
        ('IF OBX-5 LST.count LESS THAN OR EQUALS 1 OR OBX-2 IS "NA"', {"OBX_5": ["a", "b"]}, False),
        ("IF OBX-33 COUNT>1", {"OBX_33": ["a", "b"]}, True),
        ("IF OBX-33 COUNT=1", {"OBX_33": ["a", "b"]}, False),
        ("IF PID-7 LENGTH GREATER THAN 8", {"PID_7": "202610130800"}, True),
        ("IF TQ1-3.9 IS EMPTY", {}, True),
        ("IF XCN.19 DOES NOT EXIST AND IF XCN.20 DOES NOT EXIST", {"XCN_20": "x"}, False),
        ("IF NOT VALUED", {"XPN_3": "x"}, False),
        ('IF IAM-15 VALUED AND NOT "SEL"', {"IAM_15": "SEL"}, False),
        ("IF A1-1 VALUED OR A1-2 VALUED AND A1-3 VALUED", {"A1_1": "x"}, True),
        ("IF (A1-1 VALUED OR A1-2 VALUED) AND A1-3 VALUED", {"A1_1": "x"}, False),
        ("IF ORC VALUED", {"ORC": "x"}, True),
    ],
)
def test_what_is_read_is_decided(text, values, holds):
    assert condition(text, OWN)(Values(**values)) is holds


@pytest.mark.parametrize(
    "text",
    [
        "If the software does not represent the original source system",
        "IF OBR-25 NOT VALUED ERROR",
        'IF (OBX-2 EQUALS "SN"  AND OBX-5.1  EQUALS "<>"',
        'IF PRT-2 IS IN ("A", "S", "U", X")',
        "IF CX.4 IN http://hl7.org/implement/standards/fhir/identifier-registry.html",
        "IF PL.2 NOT VALUED AND PL3.NOT VALUED",
        "IF XCN.19 NOT VALUED XCN.20 NOT VALUED",
        "IF PID-11.9 IS VALUED NOT EQUAL PID-12",
        "ic",
        "IF PID-3 LST.count",
        "AND",
    ],
)
def test_what_is_not_in_the_language_is_not_read(text):
    with pytest.raises(NotFormal):
        condition(text, OWN)


VOCABULARY = """
IF NOT VALUED AND OR IS IN EQUALS ( ) , "A" PID-3 PID-3.1 OBX-5 LST.count > 1 = IN (
"""
WORDS = st.sampled_from(VOCABULARY.split())


@given(st.lists(WORDS, max_size=14).map(" ".join))
def test_any_words_are_read_to_a_yes_or_no_or_refused(text):
    try:
        found = condition(text, OWN)
    except NotFormal:
        return
    assert found(Values(PID_3="A")) in {True, False}
