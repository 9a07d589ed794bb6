"""The parts of a zipped file, read without trusting what it says of itself.

Limits hold for what is declared and for what comes out: a small file that swells is refused
before it does. Names are keys here and never paths.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from copy import copy
from typing import IO

from attending.errors import Refused

MOST_ENTRIES = 2_000
MOST_INFLATED = 64 << 20  # bytes, of all parts together

AT_ONCE = 1 << 16

IS_ENCRYPTED = 0x1


class ZipParts:
    """A zipped file's parts, by name.

    Parameters
    ----------
    raw
        The file's bytes.

    Raises
    ------
    Refused
        It is broken, encrypted, holds a name twice, or would swell beyond the limits.

    """

    def __init__(self, raw: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(raw))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise Refused(f"the workbook's zip is broken: {error}") from error
        self.infos = self._zip.infolist()
        self.names = tuple(info.filename for info in self.infos)
        self._left = MOST_INFLATED
        if len(self.infos) > MOST_ENTRIES:
            raise Refused(f"the workbook has {len(self.infos):,} parts; at most {MOST_ENTRIES:,}")
        if sum(info.file_size for info in self.infos) > MOST_INFLATED:
            raise Refused(f"the workbook would swell beyond {MOST_INFLATED:,} bytes")
        if len(set(self.names)) != len(self.names):
            raise Refused("the workbook has two parts of one name")
        if any(info.flag_bits & IS_ENCRYPTED for info in self.infos):
            raise Refused("this workbook is protected by a password; save it without one")

    def read(self, name: str) -> bytes:
        """Give one part; what comes out is counted, whatever was declared.

        Raises
        ------
        Refused
            There is none, it is broken, or more comes out than is allowed.

        """
        if name not in self.names:
            raise Refused(f"the workbook has no part {name!r}")
        try:
            with self._zip.open(name) as part:
                raw = self._inflated(part)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise Refused(f"the workbook's part {name!r} is broken: {error}") from error
        return raw

    def _inflated(self, part: IO[bytes]) -> bytes:
        """Take a part out a little at a time: what it says of its size is not relied on."""
        raw = bytearray()
        while chunk := part.read(AT_ONCE):
            raw += chunk
            self._left -= len(chunk)
            if self._left < 0:
                raise Refused(f"the workbook swells beyond {MOST_INFLATED:,} bytes")
        return bytes(raw)

    def with_part(self, name: str, new: bytes) -> bytes:
        """Give the file with one part replaced; every other keeps its bytes and its place."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            made.comment = self._zip.comment
            for info in self.infos:
                kept = new if info.filename == name else self.read(info.filename)
                made.writestr(copy(info), kept)
        return out.getvalue()
