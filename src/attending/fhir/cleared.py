"""What may leave: values that one field contract let through, and no others (contract C44).

Every way out of the platform takes what stands here and nothing else: an engine, a vendor, an
extract, a binder. Only a field contract makes it, name by name from what was declared; it is
never a mapping from which something was taken out. What was not declared is dropped and counted;
a tree, a list or free text under a declared name is refused, for no contract can say what is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, NoReturn

import msgspec

from attending.errors import Refused
from attending.fhir.free_text import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Value = str | float | int | bool

_canonical = msgspec.json.Encoder(order="sorted").encode
_SINGLE = (str, float, int)
_BY_CONTRACT = object()  # known to this module alone: nobody else clears anything


class NotCleared(Refused):
    """Something that may not leave; no value of it is quoted."""


class Cleared(Mapping[str, Value]):
    """Values that may leave, which nobody can change or make but a field contract.

    Attributes
    ----------
    contract
        What let them through.
    site
        Whose they are; empty where they are of no one site.
    n_dropped
        How many values were not declared and went no further.

    """

    __slots__ = ("_cleared", "contract", "n_dropped", "site")
    contract: FieldContract
    site: str
    n_dropped: int

    def __init__(
        self,
        by: object,
        contract: FieldContract,
        values: dict[str, Value],
        *,
        site: str,
        n_dropped: int,
    ) -> None:
        if by is not _BY_CONTRACT:
            raise NotCleared("only a field contract clears values", accepted=["contract.clear()"])
        self._cleared, self.contract = values, contract
        self.site, self.n_dropped = site, n_dropped

    def __init_subclass__(cls) -> NoReturn:
        raise NotCleared("what is cleared is of one kind")

    def __getitem__(self, name: str) -> Value:
        return self._cleared[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._cleared)

    def __len__(self) -> int:
        return len(self._cleared)

    def __repr__(self) -> str:
        return f"<{len(self._cleared)} values cleared for {self.contract.use_case}>"


class FieldContract(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The values that one receiver may be given, and for which purpose.

    Attributes
    ----------
    use_case, release
        Whose work it is; an extract bears its plan's name and its plan's digest.
    fields
        Names of the values that may go, sorted.
    elements
        Digest of the projection that they are made of; empty where no resource is read.
    free_text
        Whether text longer than a code may go.

    """

    use_case: str
    release: str
    fields: tuple[str, ...]
    elements: str = ""
    free_text: bool = False

    @cached_property
    def digest(self) -> str:
        """Give SHA-256, in hexadecimal, of all that it says."""
        return sha256(_canonical(msgspec.to_builtins(self))).hexdigest()

    def clear(self, values: Mapping[str, object], *, site: str = "") -> Cleared:
        """Let through what is declared, and count the rest.

        Parameters
        ----------
        values
            What there is, by name.
        site
            Whose it is.

        Raises
        ------
        NotCleared
            A declared name holds free text, or what is neither text, number nor boolean.

        """
        kept: dict[str, Value] = {}
        for name in self.fields:
            if name in values:
                value = values[name]
                if not isinstance(value, _SINGLE):
                    raise NotCleared(f"{name} holds no single value, and may not leave")
                if isinstance(value, str) and len(value) > LONGEST and not self.free_text:
                    raise NotCleared(f"{name} holds free text, and may not leave")
                kept[name] = value
        n_dropped = len(values) - len(kept)
        return Cleared(_BY_CONTRACT, self, kept, site=site, n_dropped=n_dropped)


def contract(
    use_case: str,
    release: str,
    fields: Iterable[str],
    *,
    elements: str = "",
    free_text: bool = False,
) -> FieldContract:
    """Give the contract for some fields, in whatever order they are named."""
    return FieldContract(
        use_case=use_case,
        release=release,
        fields=tuple(sorted(set(fields))),
        elements=elements,
        free_text=free_text,
    )
