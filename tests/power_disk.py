"""A disk that loses power, for SQLite to run over: everything above it is what production runs.

SQLite runs over a disk held in memory that forgets what was not synced: at a cut,
each sector of each unsynced write is kept, lost or torn on its own, which is also
every reordering. Everything above the disk is what production runs: the store's SQL,
its settings, its order of commit.

WAL needs shared memory that a disk written in Python cannot offer; so the connection
locks exclusively, which keeps the WAL index in the heap and changes nothing on disk.
"""

from __future__ import annotations

from random import Random

import apsw

SECTOR = 512


class Disk:
    """Files in memory, each with what is safe and what was only asked for."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.safe: dict[str, bytearray] = {}
        self.seen: dict[str, bytearray] = {}
        self.asked: dict[str, list[tuple[int, bytes | None]]] = {}
        self.writes = 0
        self.dead = False
        self.full = False
        self.cut_at = self.full_at = 1 << 60

    def step(self) -> None:
        """Count one write or sync; lose power or space when its time has come."""
        self.writes += 1
        if self.dead or self.writes >= self.cut_at:
            self.dead = True
            raise apsw.IOError("no power")

    def write(self, name: str, data: bytes, offset: int) -> None:
        self.step()
        if self.full or self.writes >= self.full_at:
            self.full = True
            raise apsw.FullError("no space")
        self.asked[name].append((offset, data))
        _put(self.seen[name], offset, data)

    def sync(self, name: str) -> None:
        self.step()
        self.safe[name] = bytearray(self.seen[name])
        self.asked[name].clear()

    def truncate(self, name: str, size: int) -> None:
        self.step()
        self.asked[name].append((size, None))
        del self.seen[name][size:]

    def reboot(self) -> None:
        """Keep what was synced and, of the rest, whatever chance lets through."""
        for name, asked in self.asked.items():
            left = self.safe[name]
            luck = self.chance.choice([0.0, 0.3, 0.7, 1.0])
            for offset, data in asked:
                if data is None:
                    if self.chance.random() < luck:
                        del left[offset:]
                    continue
                self._land(left, offset, data, luck)
            self.safe[name], self.seen[name] = left, bytearray(left)
            asked.clear()
        self.dead = self.full = False
        self.writes, self.cut_at, self.full_at = 0, 1 << 60, 1 << 60

    def _land(self, left: bytearray, offset: int, data: bytes, luck: float) -> None:
        for start in range(0, len(data), SECTOR):
            part = data[start : start + SECTOR]
            if self.chance.random() >= luck:
                continue
            if self.chance.random() < 0.1:
                part = part[: self.chance.randrange(len(part))]
            _put(left, offset + start, part)


def _put(content: bytearray, offset: int, data: bytes) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


class DiskFile:
    """One open file."""

    def __init__(self, disk: Disk, name: str) -> None:
        self.disk, self.name = disk, name

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        if self.disk.dead:
            raise apsw.IOError("no power")
        return bytes(self.disk.seen[self.name][offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self.disk.write(self.name, bytes(data), offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self.disk.truncate(self.name, size)

    def xSync(self, _flags: int) -> None:  # noqa: N802
        self.disk.sync(self.name)

    def xFileSize(self) -> int:  # noqa: N802
        return len(self.disk.seen[self.name])

    def xLock(self, level: int) -> None:  # noqa: N802
        """Nobody else is on this disk."""

    def xUnlock(self, level: int) -> None:  # noqa: N802
        """Nobody else is on this disk."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, _operation: int, _pointer: int) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return SECTOR

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return 0  # promises nothing: neither atomic sectors nor ordered writes

    def xClose(self) -> None:  # noqa: N802
        """Nothing is flushed by closing."""


class DiskSystem(apsw.VFS):
    """A file system over one `Disk` at a time."""

    def __init__(self) -> None:
        self.disk = Disk(Random(0))
        super().__init__("power", base="")

    def xOpen(self, name, flags):  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        path = path or "temporary"
        for files in (self.disk.safe, self.disk.seen):
            files.setdefault(path, bytearray())
        self.disk.asked.setdefault(path, [])
        flags[1] = flags[0]
        return DiskFile(self.disk, path)

    def xAccess(self, path, _flags):  # noqa: N802
        return path in self.disk.seen

    def xDelete(self, path, _sync):  # noqa: N802
        self.disk.step()
        for files in (self.disk.safe, self.disk.seen, self.disk.asked):
            files.pop(path, None)

    def xFullPathname(self, path):  # noqa: N802
        return path


class DiskConnection:
    """The five calls, over APSW."""

    def __init__(self, begin: str, commit: str) -> None:
        self.database = apsw.Connection("store.db", vfs="power")
        self.database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._begin, self._commit = begin, commit

    def begin(self) -> None:
        self.database.execute(self._begin)

    def execute(self, sql, values=()):
        return list(self.database.execute(sql, values))

    def executemany(self, sql, rows) -> None:
        self.database.executemany(sql, rows)

    def commit(self) -> None:
        self.database.execute(self._commit)

    def close(self) -> None:
        self.database.close(force=True)
