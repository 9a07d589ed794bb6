"""Many texts are told at once to be spelled as they must be, as each is by itself."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attending.ingest.flat.spelled import SPELLED, are_spelled

NUMBERS = st.from_regex(r"-?[0-9]{0,21}\.?[0-9]{0,20}", fullmatch=True)
IDS = st.from_regex(r"[A-Za-z0-9.\-]{0,66}", fullmatch=True)
TEXTS = st.text(alphabet="0123456789.-aZ/_ é", max_size=5)


@pytest.mark.parametrize("kind", ["whole", "decimal", "id"])
def test_texts_together_are_spelled_as_each_is_by_itself(kind):
    word = re.compile(SPELLED[kind][:-1] + r"\Z")

    @given(st.lists(st.one_of(NUMBERS, IDS, TEXTS), max_size=6))
    @example(["1.5", "1.", ".5"])
    @example(["1.5", "12", "1.2.3"])
    @example(["-1.5", "1-.5", "--1.5"])
    @example(["01.5", "0.5"])
    @example(["1.5"] * 3)
    @example(["a", ""])
    def one(texts):
        told = are_spelled(pa.array(texts, pa.string()), kind).tolist()
        assert told == [word.match(each) is not None for each in texts]

    one()


@given(st.lists(st.one_of(st.builds("Patient/{}".format, IDS), TEXTS), max_size=5))
@example(["Patient/a", "Patient/a/b"])
@example(["Patient/a", "Group/ab"])
@example(["Patient/a", "Patient/"])
@example(["Patient/a", "Patient/b"])
def test_references_together_name_the_type_and_one_id(texts):
    word = re.compile(r"Patient/[A-Za-z0-9.-]{1,64}\Z")

    told = are_spelled(pa.array(texts, pa.string()), "reference", "Patient/").tolist()

    assert told == [word.match(each) is not None for each in texts]
