"""Bytes become frames: 0x0B, a message, 0x1C 0x0D (HL7 MLLP, release 1).

The stream may be cut anywhere. What stands between two frames is counted, never read.
A 0x1C that no 0x0D follows belongs to the message. A frame longer than the limit is
given up as soon as it is too long: its first bytes are kept, to say which one it was.
"""

from __future__ import annotations

from typing import NamedTuple

START, END = b"\x0b", b"\x1c\x0d"
LONGEST = 16 << 20  # bytes of one message: as the longest line of the other feeds
HEAD = 4096  # bytes kept of a message that is too long: its header segment


class Frame(NamedTuple):
    """One message off the wire."""

    raw: bytes
    is_too_long: bool = False  # then `raw` is its beginning only


class Framer:
    """Takes bytes in any portions and gives whole frames.

    Parameters
    ----------
    longest
        The most bytes of one message.

    Attributes
    ----------
    between
        Bytes seen outside of any frame.
    is_open
        Whether a frame has begun that has not ended.
    is_lost
        Whether a frame was too long; nothing after it is read.

    """

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._held = bytearray()
        self._looked = 0  # how much of what is held was searched for the end
        self.between = 0
        self.is_open = False
        self.is_lost = False

    @property
    def held(self) -> int:
        """Give how many bytes of a frame that has begun are held."""
        return len(self._held)

    def feed(self, data: bytes) -> list[Frame]:
        """Take the next bytes of the stream; give the frames they complete."""
        frames: list[Frame] = []
        at = 0
        while at < len(data) and not self.is_lost:
            if not self.is_open:
                start = data.find(START, at)
                self.between += (len(data) if start < 0 else start) - at
                if start < 0:
                    break
                self.is_open = True
                at = start + 1
                continue
            at = self._take(data, at, frames)
        return frames

    def _take(self, data: bytes, at: int, frames: list[Frame]) -> int:
        """Take bytes of an open frame from a place on; give the place after them."""
        room = self._longest + len(END) - len(self._held)
        portion = data[at : at + room]
        before = len(self._held)
        self._held += portion
        end = self._held.find(END, max(self._looked - 1, 0))
        if end >= 0:
            frames.append(Frame(bytes(self._held[:end])))
            self._clear()
            return at + end + len(END) - before
        self._looked = len(self._held)
        if len(self._held) >= self._longest + len(END):
            frames.append(Frame(bytes(self._held[:HEAD]), is_too_long=True))
            self._clear()
            self.is_lost = True
        return at + len(portion)

    def _clear(self) -> None:
        self._held.clear()
        self._looked = 0
        self.is_open = False


def framed(message: bytes) -> bytes:
    """Put one message into a frame."""
    return START + message + END
