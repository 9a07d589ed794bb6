"""A tool at this gateway: one use case in one release, with its engine and its reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.errors import NoSuchName, Refused
from attending.facts.model_fetched import ModelFetched
from attending.fhir.cleared import FieldContract
from attending.serve.callers.role import Roles
from attending.serve.cut import Cut
from attending.serve.features.from_views import FromViews
from attending.serve.pool import Pool
from attending.serve.reach import Reach
from attending.spec.use_case import UseCase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from attending.serve.engine import Value
    from attending.spec.model import Model

ON_MISSING = ("refuse", "fill")


class Tool(msgspec.Struct, frozen=True):
    """What answers for a use case.

    Attributes
    ----------
    use_case, release
        What it is, and the release a snapshot must name for it to answer.
    model
        The model's digest: of its file, or of its declared coefficients.
    threshold
        The score from which it advises; None: it always advises.
    needs
        The fields the engine is given; other declared inputs are for the card.
    contract
        Lets those fields through to the engine, and nothing else.
    probability
        Whether a score outside 0 to 1 is a fault.
    prefetch
        What a client is asked to send, key to query.
    roles
        What tells a caller's role; nothing where the use case declares none.
    views
        Makes its features of the resources it is sent; None where it has no features.
    file
        The model's file as it was read; None where it is no file.

    """

    use_case: UseCase
    release: str
    model: str
    threshold: float | None
    needs: tuple[str, ...]
    contract: FieldContract
    probability: bool
    reach: Reach
    pool: Pool
    prefetch: dict[str, str]
    roles: Roles = Roles()
    views: FromViews | None = None
    file: ModelFetched | None = None

    def cut(
        self, context: dict[str, object], prefetch: dict[str, object], patient: str, at: datetime
    ) -> Cut:
        """Deliver the declared fields and features of a request, as of a moment."""
        found = self.reach.cut(context, prefetch, patient)
        if self.views is None:
            return found
        made = self.views.cut(prefetch, patient, at)
        return Cut(
            found.fields | made.fields,
            found.missing | made.missing,
            (*found.filled, *made.filled),
            found.n_dropped + made.n_dropped,
            found.n_other_patient,  # the same prefetch, looked through twice
            found.n_unusable,
            made.seen,
        )

    @property
    def name(self) -> str:
        """Give the use case's name."""
        return self.use_case.name


class Tools:
    """The tools at this gateway, by use case and release.

    Several releases of a use case may stand side by side, so that the way back is
    already loaded when a snapshot asks for it.
    """

    def __init__(self, tools: tuple[Tool, ...]) -> None:
        self._by_release = {(t.name, t.release): t for t in tools}
        if len(self._by_release) != len(tools):
            raise Refused("a use case is given twice in one release")
        self._by_name = {t.name: t for t in tools}

    def names(self) -> tuple[str, ...]:
        """List the use cases."""
        return tuple(sorted(self._by_name))

    def any_release(self, use_case: str) -> Tool | None:
        """Give a use case's tool, whatever the release: for its card and its channel."""
        return self._by_name.get(use_case)

    def find(self, use_case: str, release: str | None) -> Tool | None:
        """Give exactly this release, or None; never another one in its place."""
        return None if release is None else self._by_release.get((use_case, release))

    def n_lost(self) -> int:
        """Give how many engine slots are lost to calls that never came back."""
        return sum(tool.pool.n_lost for tool in self._by_release.values())

    def releases(self) -> tuple[tuple[str, str], ...]:
        """List (use case, release) of everything loaded."""
        return tuple(sorted(self._by_release))

    def close(self) -> None:
        """Let the engines' threads end."""
        for tool in self._by_release.values():
            tool.pool.close()


def fills(use_case: UseCase, model: Model, *, where: str) -> Mapping[str, Value]:
    """Give what stands in for a missing field, as ``on_missing`` and the model declare.

    Raises
    ------
    Refused
        For another word than ``refuse`` or ``fill``, or a field that declares no fill.

    """
    said = use_case.model.on_missing if use_case.model else {}
    by_name = dict.fromkeys(model.fields, said) if isinstance(said, str) else said
    out: dict[str, Value] = {}
    for name, word in by_name.items():
        if name not in model.fields:
            raise NoSuchName(name, "the model's fields", model.fields, where=where)
        if word not in ON_MISSING:
            raise NoSuchName(word, "on_missing", ON_MISSING, where=where)
        if word == "fill":
            value = model.fields[name].fill
            if value is None:
                raise Refused(f"{name} declares nothing to fill with", where=where)
            out[name] = value
    return out


def asked_for(reach: Reach, *, where: str) -> dict[str, str]:
    """Compile what a client is asked to send: the declared paths and nothing more.

    ``patient`` and ``encounter`` are read as themselves; a Bundle is searched by the
    type and codes its paths keep, newest first.

    Raises
    ------
    Refused
        For a prefetch key whose paths do not say what to search for.

    """
    codes: dict[str, set[str]] = {}
    types: dict[str, set[str]] = {}
    for declared in reach.paths.values():
        if declared.root == "prefetch":
            key = declared.steps[0].name
            found = codes.setdefault(key, set())
            types.setdefault(key, set())
            for step in declared.steps[1:]:
                found |= {wanted for name, wanted in step.filters if name == "code"}
                types[key] |= {w for name, w in step.filters if name == "resourceType"}
    return {key: _query(key, codes[key], types[key], where) for key in sorted(codes)}


def _query(key: str, codes: set[str], types: set[str], where: str) -> str:
    if key in ("patient", "encounter"):
        return f"{key.capitalize()}/{{{{context.{key}Id}}}}"
    if len(types) > 1 or not (types or codes):
        accepted = ["patient", "encounter", "entry[resourceType=...]", "entry[code=...]"]
        raise Refused(f"cannot tell what prefetch.{key} is", where=where, accepted=accepted)
    kind = next(iter(types), "Observation")
    search = f"{kind}?patient={{{{context.patientId}}}}"
    if codes:
        search += f"&code={','.join(sorted(codes))}"
    return search + ("&_sort=-date" if kind == "Observation" else "")
