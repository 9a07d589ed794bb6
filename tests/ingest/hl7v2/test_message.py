"""A message is read by the delimiters it declares itself, and by the characters it declares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.ingest.hl7v2.charset import decoded
from attending.ingest.hl7v2.message import Unreadable, component, read_message

HEAD = "MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5\r"
ESCAPES = {"|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\", "\\": "\\E\\"}
TEXT = st.text(st.characters(exclude_characters="\r\n\x00", exclude_categories=["Cs"]), max_size=8)


def written(text):
    return "".join(ESCAPES.get(letter, letter) for letter in text)


@given(
    st.lists(st.lists(st.lists(TEXT, min_size=1, max_size=3), min_size=1, max_size=3), max_size=4)
)
def test_what_was_written_is_read_back(field):
    wire = "~".join("^".join("&".join(map(written, c)) for c in r) for r in field)
    segment = read_message(f"{HEAD}ZZZ|{wire}|last\r").segments[1]

    said = [[[leaf if leaf != '""' else "" for leaf in c] for c in r] for r in field]
    kept = tuple(tuple(map(tuple, r)) for r in said if any(any(c) for c in r))
    assert segment.field(1) == (kept if wire != '""' else ())
    assert segment.text(2) == "last"


def test_other_delimiters_and_line_ends_are_read():
    message = read_message("MSH#*%!$#A#B#C#D#2026##ORU*R01#1#P#2.5\r\nPID#1##7*x$y%8\n")

    assert message.kind == "ORU^R01"
    assert message.segments[1].field(3) == ((("7",), ("x", "y")), (("8",),))
    assert component(message.segments[1].field(3), 2, 2) == "y"


def test_an_unknown_escape_stays_as_it_was_written():
    segment = read_message(HEAD + "NTE|1||a\\Zq\\b\\.br\\c\\X41\\d\\XE9\\\r").segments[1]

    assert segment.text(3) == "a\\Zq\\b\nc\x41d\\XE9\\"


def test_a_null_says_nothing_is_held():
    assert read_message(HEAD + 'PID|""|x\r').segments[1].field(1) == ()


def test_a_null_within_a_field_is_no_value_either():
    field = read_message(HEAD + 'PID|""^^^ELM^MR~""~""&x^b\r').segments[1].field(1)
    assert field == ((("",), ("",), ("",), ("ELM",), ("MR",)), (("", "x"), ("b",)))


def test_an_escape_makes_no_character_that_a_text_of_fhir_may_not_hold():
    segment = read_message(HEAD + "NTE|a\\X00\\b\\X0D0A\\c\\X410B\\\r").segments[1]
    assert segment.text(1) == "a\\X00\\b\r\nc\\X410B\\"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no_header"),
        ("PID|1\r", "no_header"),
        ("MSH", "delimiters"),
        ("MSH|^~\\\r", "delimiters"),
        ("MSH|^~|&|\r", "delimiters"),
        ("MSHA^~\\&A\r", "delimiters"),
        (HEAD + "pid|1\r", "segment_name"),
        (HEAD + "PIDX1\r", "segment_name"),
        (HEAD + "PID|1\r" + HEAD, "several_messages"),
    ],
)
def test_what_is_no_message_says_why_in_one_word(text, reason):
    with pytest.raises(Unreadable) as refused:
        read_message(text)
    assert refused.value.reason == reason


def with_set(name, tail):
    return f"MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5||||||{name}\r".encode() + tail


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (with_set("", "é".encode()), "é"),
        (with_set("UNICODE UTF-8", "é".encode()), "é"),
        (with_set("8859/1", b"\xe9"), "é"),
        (with_set("8859/15~", b"\xa4"), "€"),
        (b"\xef\xbb\xbf" + with_set("8859/1", "é".encode()), "é"),
    ],
)
def test_characters_are_those_declared(raw, text):
    assert decoded(raw).endswith(text)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (with_set("", b"\xe9"), "charset"),
        (with_set("ASCII", "é".encode()), "charset"),
        (with_set("ISO IR87", b"x"), "charset_unknown"),
        (with_set("", b"\x1b$Bx"), "charset_unknown"),
        (with_set("", b"a\x00b"), "charset"),
    ],
)
def test_characters_are_never_guessed(raw, reason):
    with pytest.raises(Unreadable) as refused:
        decoded(raw)
    assert refused.value.reason == reason


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(tail, is_message):
    raw = (HEAD.encode() if is_message else b"") + tail
    try:
        message = read_message(decoded(raw))
    except Unreadable:
        return
    assert message.header.name == "MSH"
