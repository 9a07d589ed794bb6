"""What the evidence page may do: the very code of the verbs, in the name of who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attending.ledger.durable_file import write_durably
from attending.loops.system import retention
from attending.loops.system.binders import SUFFIX, build, wanted
from attending.loops.system.binders import person as who
from attending.loops.system.drill import drill
from attending.wiring import open_books

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class EvidenceActions:
    """Binders, drills, holds and erasures over one store, opened for each alone.

    Attributes
    ----------
    store
        The ledger's folder; binders are kept in a folder of it, named by their digests.

    """

    store: Path

    def build(self, scope: Mapping[str, str], questions: tuple[int, ...], *, person: str) -> str:
        """Build a binder and keep it; give its digest. What was sealed is never in it."""
        asked = wanted(dict(scope), questions=questions)
        with open_books(self.store) as books:
            made = build(books, self.store, asked, who(person, "console"))
        self._keep(made.built.digest, made.raw)
        return made.built.digest

    def drill(self, *, person: str) -> str:
        """Rehearse a letter, and keep its binder; give the binder's digest."""
        with open_books(self.store) as books:
            done = drill(books, self.store, who(person, "console"), seed=books.reader.size())
        self._keep(done.drill.binder, done.made.raw)
        return done.drill.binder

    def kept(self) -> set[str]:
        """Give the digests of the binders that are here."""
        return {path.name.removesuffix(SUFFIX) for path in self._folder.glob(f"*{SUFFIX}")}

    def binder(self, digest: str) -> Path | None:
        """Give the file of a binder that is here; None where there is none of that digest."""
        return self._folder / f"{digest}{SUFFIX}" if digest in self.kept() else None

    def hold(self, name: str, reach: tuple[str, str], *, why: str, person: str) -> None:
        """Place a legal hold; see `loops.retention.place` for what is refused."""
        with open_books(self.store) as books:
            retention.place(books, name, who(person, "console"), why=why, reach=reach)

    def lift(self, name: str, *, why: str, person: str) -> None:
        """Lift a legal hold."""
        with open_books(self.store) as books:
            retention.lift(books, name, who(person, "console"), why=why)

    def ask(self, rule: str, *, person: str) -> None:
        """Ask to erase what is due under a schedule."""
        with open_books(self.store) as books:
            retention.ask(books, rule, who(person, "console"))

    def agree(self, digest: str, *, person: str) -> None:
        """Agree to an erasure that another person asked for, and carry it out."""
        with open_books(self.store) as books:
            retention.agree(books, digest, who(person, "console"))

    @property
    def _folder(self) -> Path:
        return self.store / "binders"

    def _keep(self, digest: str, raw: bytes) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        write_durably(self._folder / f"{digest}{SUFFIX}", raw, mode=0o600)
