"""What is answered: an ACK, for every message that is none itself.

Original mode, with MSH-15 and MSH-16 empty: one AA, AE or AR. Enhanced mode: a commit
acknowledgment (CA, CE, CR) if MSH-15 asks for it, then an application acknowledgment (AA,
AE, AR) if MSH-16 does: AL always, NE never, ER only for errors, SU only for successes.
A text names what was wrong and quotes nothing. Source: HL7 v2.8.2, chapter 2, section 2.9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Verdict = Literal["accept", "error", "reject"]

APPLICATION = {"accept": "AA", "error": "AE", "reject": "AR"}
COMMIT = {"accept": "CA", "error": "CE", "reject": "CR"}
CONDITIONS = {"AL", "NE", "ER", "SU"}

LAST_READ = 18  # of the header only this many fields are read


class Header(NamedTuple):
    """What an answer needs of a message: fields of MSH, as they were sent."""

    separator: str
    encoding: str
    application: str
    facility: str
    to_application: str
    to_facility: str
    event: str  # the trigger event alone
    control: str
    processing: str
    version: str
    commit_on: str  # MSH-15: AL, NE, ER or SU; empty also for a null and any other word
    application_on: str  # MSH-16


def header_of(raw: bytes) -> Header | None:
    """Read as much of a message's first segment as an answer needs; None if it has no MSH.

    Parameters
    ----------
    raw
        The message; bytes beyond ASCII are kept one to one.

    """
    fields = _fields(raw, "MSH")
    if fields is None:
        return None
    part = fields[1][:1] or "^"
    kinds = [*fields[8].split(part), "", ""]
    return Header(
        fields[0],
        fields[1],
        fields[2],
        fields[3],
        fields[4],
        fields[5],
        kinds[1],
        fields[9],
        fields[10],
        fields[11],
        _condition(fields[14]),
        _condition(fields[15]),
    )


def header_of_batch(lines: Sequence[bytes], first: Header | None) -> Header | None:
    """Read whose batch this is; it is answered as its first message asks to be.

    The control id is the batch's own: that of the first header that has one.

    Parameters
    ----------
    lines
        Its FHS and BHS.
    first
        The header of the first message in it that has one; None for an empty batch.

    """
    read = [fields for each in lines if (fields := _fields(each, each[:3].decode("latin-1")))]
    if not read:
        return None
    control = next((fields[10] for fields in read if fields[10]), "")
    separator, encoding, application, facility, to_application, to_facility = read[0][:6]
    return Header(
        separator,
        encoding,
        application,
        facility,
        to_application,
        to_facility,
        "",
        control,
        *(first[8:] if first is not None else ("", "", "", "")),
    )


def answers(
    header: Header | None, verdict: Verdict, text: str, *, at: str, always: bool = False
) -> list[bytes]:
    """Give the acknowledgments of one message, in the order they are sent.

    Parameters
    ----------
    header
        Its header; None for bytes that are no message.
    verdict
        What became of it.
    text
        Why, for an error or a rejection; from our own words only.
    at
        The moment, as HL7 writes it.
    always
        Answer once with AA, AE or AR also where the sender asks for no acknowledgment at all.

    """
    if header is None:
        plain = Header("|", "^~\\&", "", "", "", "", "", "", "P", "2.5", "", "")
        return [_ack(plain, APPLICATION[verdict], text, at)]
    if not header.commit_on and not header.application_on:
        return [_ack(header, APPLICATION[verdict], text, at)]
    made = []
    if _asked(header.commit_on, verdict):
        made.append(_ack(header, COMMIT[verdict], text, at))
    if _asked(header.application_on, verdict):
        made.append(_ack(header, APPLICATION[verdict], text, at))
    return made or ([_ack(header, APPLICATION[verdict], text, at)] if always else [])


def _fields(raw: bytes, name: str) -> list[str] | None:
    """Split a first segment of this name, its name exchanged for what separates its fields."""
    text = raw.removeprefix(b"\xef\xbb\xbf")[:4096].decode("latin-1")
    line = text.replace("\n", "\r").split("\r", 1)[0]
    if not line.startswith(name) or len(line) <= len("MSH|^~\\&"):
        return None
    separator = line[3]
    if separator.isalnum() or separator.isspace():
        return None
    return [separator, *line.split(separator)[1:], *[""] * LAST_READ]


def _condition(text: str) -> str:
    """Read when an answer is wanted; a word of HL7's table 0155, or nothing."""
    word = text.strip().upper()
    return word if word in CONDITIONS else ""


def _asked(condition: str, verdict: Verdict) -> bool:
    return condition in {"AL", "SU" if verdict == "accept" else "ER"}


def _ack(header: Header, code: str, text: str, at: str) -> bytes:
    mark, part = header.separator, header.encoding[:1] or "^"
    return _segments(
        mark.join(
            [
                "MSH",
                header.encoding,
                header.to_application,
                header.to_facility,
                header.application,
                header.facility,
                at,
                "",
                f"ACK{part}{header.event}{part}ACK" if header.event else "ACK",
                f"{header.control}.{code}",
                header.processing or "P",
                header.version or "2.5",
            ]
        ),
        mark.join(["MSA", code, header.control, *([_plain(text, header)] if text else [])]),
    )


def _plain(text: str, header: Header) -> str:
    """Keep a text free of the message's own delimiters."""
    marks = {header.separator, *header.encoding}
    return "".join(" " if letter in marks else letter for letter in text)


def _segments(*lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\r" for line in lines).encode("latin-1")
