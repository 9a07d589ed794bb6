"""The characters of a message: as MSH-18 declares, and never guessed.

An empty MSH-18 means what the feed declares, UTF-8 unless it says otherwise. Bytes that
are not in the declared set are refused: the message is kept, parked and answered AE. The
header itself is read before its character set is known; it stands in ASCII there, since
every set that is accepted spells ASCII as ASCII. Names: HL7 table 0211.
"""

from __future__ import annotations

import re

from attending.ingest.hl7v2.message import Unreadable

CODECS = {
    "ASCII": "ascii",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "8859/1": "iso8859-1",
    "8859/2": "iso8859-2",
    "8859/3": "iso8859-3",
    "8859/4": "iso8859-4",
    "8859/5": "iso8859-5",
    "8859/6": "iso8859-6",
    "8859/7": "iso8859-7",
    "8859/8": "iso8859-8",
    "8859/9": "iso8859-9",
    "8859/15": "iso8859-15",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "BIG-5": "big5",
}
UTF8_MARK = b"\xef\xbb\xbf"  # a byte order mark says UTF-8 by itself
LINE_END = re.compile(rb"[\r\n]")
ESCAPE_SEQUENCE = b"\x1b"  # ISO 2022 switches sets within a message; none of that is read
DECLARED = 18  # MSH-18; field 1 is the separator, so that it is part 17 of the split header


def decoded(raw: bytes, default: str = "utf-8") -> str:
    """Decode a message by what it declares.

    Parameters
    ----------
    raw
        The message as it came.
    default
        The feed's codec for messages that declare nothing.

    Raises
    ------
    Unreadable
        `charset_unknown` for a set that is not read here, `charset` for bytes that are
        not in the declared set.

    """
    codec = "utf-8" if raw.startswith(UTF8_MARK) else _declared(raw) or default
    if ESCAPE_SEQUENCE in raw:
        raise Unreadable("charset_unknown", "a message may not switch its character set")
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError as error:
        raise Unreadable("charset", f"bytes that are not {codec}") from error
    if "\x00" in text:
        raise Unreadable("charset", "a NUL is no character of a message")
    return text


def _declared(raw: bytes) -> str:
    """Give the codec that MSH-18 names, or nothing if it is empty."""
    header = LINE_END.split(raw[:4096], 1)[0]
    parts = header.split(header[3:4]) if header.startswith(b"MSH") and len(header) > 3 else []  # noqa: PLR2004  MSH and its separator
    if len(parts) < DECLARED:
        return ""
    between = header[5:6]  # the repetition separator: the second of MSH-2
    first = parts[DECLARED - 1].split(between, 1)[0] if between else parts[DECLARED - 1]
    named = first.decode("ascii", "replace").strip()
    if not named:
        return ""
    if named not in CODECS:
        raise Unreadable("charset_unknown", "MSH-18 names a character set that is not read here")
    return CODECS[named]
