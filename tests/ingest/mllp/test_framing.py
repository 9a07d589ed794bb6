"""However the stream is cut, the same messages come out of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attending.ingest.mllp.framing import HEAD, Framer, framed

# Bytes that matter to framing, often.
TRICKY = st.lists(
    st.sampled_from([b"\x1c", b"\x0d", b"\x0b", b"a", b"|", b"\xff", b"\x00", b"MSH"]), max_size=30
).map(b"".join)
MESSAGE = TRICKY.filter(lambda raw: b"\x1c\x0d" not in raw and not raw.endswith(b"\x1c"))
NOISE = TRICKY.filter(lambda raw: b"\x0b" not in raw)
CUTS = st.lists(st.integers(1, 9), min_size=1, max_size=50)


def cut(stream, sizes):
    at = n = 0
    while at < len(stream):
        size = sizes[n % len(sizes)]
        yield stream[at : at + size]
        at, n = at + size, n + 1


@given(st.lists(st.tuples(NOISE, MESSAGE), max_size=8), NOISE, CUTS)
def test_any_cutting_gives_the_messages_and_counts_what_stood_between(parts, tail, sizes):
    stream = b"".join(noise + framed(message) for noise, message in parts) + tail
    framer = Framer()

    found = [frame for portion in cut(stream, sizes) for frame in framer.feed(portion)]

    assert [frame.raw for frame in found] == [message for _, message in parts]
    assert framer.between == sum(len(noise) for noise, _ in parts) + len(tail)
    assert not framer.is_open
    assert not any(frame.is_too_long for frame in found)


def test_one_byte_at_a_time_gives_the_same():
    framer = Framer()
    stream = framed(b"MSH|1") + b"\r\n" + framed(b"MSH|2")

    found = [frame.raw for n in range(len(stream)) for frame in framer.feed(stream[n : n + 1])]

    assert found == [b"MSH|1", b"MSH|2"]
    assert framer.between == 2


@given(st.integers(0, 40), CUTS)
def test_a_message_may_be_as_long_as_the_limit_and_no_longer(length, sizes):
    framer = Framer(longest=20)

    found = [f for portion in cut(framed(b"x" * length), sizes) for f in framer.feed(portion)]

    (frame,) = found
    assert frame.is_too_long == (length > 20)
    assert framer.is_lost == (length > 20)
    if length <= 20:
        assert frame.raw == b"x" * length


def test_a_frame_without_end_is_given_up_and_holds_no_memory():
    framer = Framer(longest=1 << 20)
    endless = b"\x0bMSH|^~\\&|" + b"x" * (1 << 20)

    found = [frame for _ in range(100) for frame in framer.feed(endless)]

    (frame,) = found
    assert frame.is_too_long
    assert len(frame.raw) == HEAD
    assert not framer._held
