"""How each place stood at the end of what was read: mode, release, and whom it reached.

A receipt changes a place when it is written; a suspension that a person orders changes it with
the order itself. A place that no receipt names is off.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from attending import shapes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.facts.entry import Entry

FACTS = ("receipt/1", "suspend/1", "read_back/1", "confirmed/1")

Place = tuple[str, str, str]  # use case, site, unit


@dataclass(frozen=True)
class Stand:
    """One place, and how it stands.

    Attributes
    ----------
    place, release, mode, share, users, weekly_case_cap
        As the last receipt about it left them.
    since
        The fact that put it in this mode with this release.
    last
        The last fact that changed anything about it.
    read_back
        The fact with which each gateway said that it goes by it.
    waiting
        Gateways that have not said so.

    """

    place: Place
    release: str
    mode: str
    share: float
    users: tuple[str, ...]
    weekly_case_cap: int | None
    since: Entry
    last: Entry
    read_back: tuple[Entry, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def cites(self) -> tuple[int, ...]:
        """Give the facts it is told from."""
        facts = (self.since, self.last, *self.read_back)
        return tuple(sorted({entry.index for entry in facts}))


@dataclass
class _Fold:
    now: dict[Place, Stand] = field(default_factory=dict)
    backs: list[Entry] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        kind, use_case = entry.fact.type, entry.fact.use_case or ""
        if kind == "receipt/1":
            for change in shapes.convert(entry.fact.body["changes"], list[dict[str, Any]]):
                self._put((use_case, change["site"], change["unit"]), change, entry)
        elif kind == "suspend/1":
            for place, stand in [*self.now.items()]:
                about = place[0] == use_case and entry.fact.site in (None, place[1])
                if about and stand.mode in ("live", "silent"):
                    self.now[place] = replace(stand, mode="suspended", since=entry, last=entry)
        elif kind in FACTS:
            self.backs.append(entry)

    def _put(self, place: Place, change: dict[str, Any], entry: Entry) -> None:
        release, mode = str(change["release"][1] or ""), str(change["mode"][1])
        before = self.now.get(place)
        same = before is not None and (before.release, before.mode) == (release, mode)
        self.now[place] = Stand(
            place,
            release,
            mode,
            float(change["share"][1]),
            tuple(change.get("users", ((), ()))[1]),
            change.get("weekly_case_cap", (None, None))[1],
            since=before.since if same and before is not None else entry,
            last=entry,
        )

    def done(self) -> dict[Place, Stand]:
        """Give every place, each with the gateways that go by its last change."""
        return {place: self._confirmed(stand) for place, stand in sorted(self.now.items())}

    def _confirmed(self, stand: Stand) -> Stand:
        body: dict[str, Any] = stand.last.fact.body
        if stand.last.fact.type != "receipt/1":
            return stand
        names = {*body.get("read_back", {}), *body.get("not_confirmed", [])}
        found: dict[str, Entry] = {}
        for back in self.backs:
            name, seq = str(back.fact.body["gateway"]), int(str(back.fact.body["seq"]))
            if name in names and seq >= body["seq"] and not back.fact.body.get("not_loaded"):
                found.setdefault(name, back)
        waiting = [n for n in body.get("not_confirmed", []) if n not in found]
        return replace(stand, read_back=tuple(found.values()), waiting=tuple(waiting))


def standings(entries: Iterable[Entry]) -> dict[Place, Stand]:
    """Give how each place stands once all of these facts are read, by place."""
    fold = _Fold()
    for entry in entries:
        fold.take(entry)
    return fold.done()
