"""Which kind of workbook a file is; what cannot be read safely is refused with what to do."""

from __future__ import annotations

from attending import rooms
from attending.errors import Refused
from attending.ingest import workbooks
from attending.ingest.workbook import MOST_BYTES, Format

OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # MS-CFB: .xls, and whatever a password protects
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def format_of(raw: bytes) -> tuple[str, Format]:
    """Give the kind of a workbook, with its name.

    Raises
    ------
    Refused
        It is too large, protected by a password, in an old format, or no workbook.

    """
    if len(raw) > MOST_BYTES:
        raise Refused(f"the file has {len(raw):,} bytes; at most {MOST_BYTES:,} are read")
    accepted = [".xlsx", ".csv"]
    if raw.startswith(OLE):
        words = "this workbook is in the old .xls format; save it as .xlsx"
        if ENCRYPTED in raw:
            words = "this workbook is protected by a password; save it without one"
        raise Refused(words, accepted=accepted)
    for name in rooms.names(workbooks):
        found = rooms.fetch(workbooks, name)
        if isinstance(found, Format) and found.suits(raw):
            return name, found
    raise Refused("this is no workbook that can be read here", accepted=accepted)
