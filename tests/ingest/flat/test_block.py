"""Where texts, lines and escapes stand is found many bytes at once, as if byte by byte."""

from __future__ import annotations

import random

import pytest

from attending.ingest.flat.block import Block

SIGNS = b'"":{}, \\\\nua\r\x00\x1f\xc3'


def places(raw, sign):
    return [n for n, each in enumerate(raw) if each == sign]


def lines(seed):
    """Give lines of any length, so that signs stand at every place of a step."""
    dice = random.Random(seed)
    many = (bytes(dice.choices(SIGNS, k=dice.randrange(1, 40))) for _ in range(60))
    return b"\n".join(many) + b"\n"


@pytest.mark.parametrize("seed", range(24))
def test_signs_are_found_wherever_a_step_ends(seed):
    raw = lines(seed)
    block = Block(raw)
    ends = places(raw, ord("\n"))
    assert block.quotes.tolist() == places(raw, ord('"'))
    assert block.escapes.tolist() == places(raw, ord("\\"))
    assert block.begins.tolist() == [0, *(end + 1 for end in ends[:-1])]
    assert block.ends.tolist() == [end - (raw[end - 1 : end] == b"\r") for end in ends]
    of_lines = raw.split(b"\n")[:-1]
    assert block.n_quotes.tolist() == [line.count(b'"') for line in of_lines]


def test_texts_of_one_length_and_of_several_are_cut_alike():
    raw = b'{"a":"one","b":"two"}\n{"a":"six","b":"seven"}\n{"a":"ten","b":""}\n'
    block = Block(raw)
    for n, said in ((2, ["one", "six", "ten"]), (6, ["two", "seven", ""])):
        begins, ends = (block.quotes[block.first + n + k] for k in (0, 1))
        assert block.texts(begins + 1, ends).to_pylist() == said
