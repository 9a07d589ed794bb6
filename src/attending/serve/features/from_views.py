"""From the resources of a request to a use case's features: by views, and nothing else.

Each resource is first cut down to what the views read (contract C44), then the views make rows
of it and the features values of the rows: the same code as in the lake (contract C39). What a
resource says of another patient, and what no view reads, goes no further.

A type's resources are read from one key of the prefetch, such as ``observation``; a key that
did not come, or came as an error, leaves the features of its views *not sent*: that nothing was
sent is not that nothing was found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.fhir.decode import n_leaves
from attending.fhir.feature import Missing, Row, filled, look
from attending.fhir.held import held, newest, rows_of
from attending.fhir.mapped_view import Through
from attending.fhir.project import project
from attending.fhir.view import View, view
from attending.serve.cut import Cut, Seen
from attending.serve.patient import keep_own
from attending.spec.data.view import definition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from attending.fhir.feature import Feature, Value
    from attending.spec.data.reading import Reading
    from attending.spec.use_case import UseCase

NOTHING = Through()
OF_CONTEXT = {"Patient": "patientId", "Encounter": "encounterId"}  # read as themselves


class FromViews:
    """What one use case makes of the resources it is sent.

    Parameters
    ----------
    features
        By name.
    views
        Those the features name, read.
    fills
        What stands in for a feature that may be filled.
    through
        What the views' columns go through first: local codes and units into the hospital's own.
    free_text
        Whether the use case says that it reads free text.

    """

    def __init__(
        self,
        features: Mapping[str, Feature],
        views: Iterable[View],
        fills: Mapping[str, Value],
        *,
        through: Through = NOTHING,
        free_text: bool = False,
    ) -> None:
        self._through = through
        self.features = dict(features)
        self.views = {each.name: each for each in views}
        self._fills = {n: v for n, v in fills.items() if may_fill(self.features.get(n))}
        self.projection = project(self.views.values(), free_text=free_text)
        self._keys = {key_of(each.resource): each.resource for each in self.views.values()}

    @property
    def prefetch(self) -> dict[str, str]:
        """Give what a client is asked to send, key to query."""
        return {key: _query(kind) for key, kind in sorted(self._keys.items())}

    def cut(self, prefetch: Mapping[str, object], patient: str, at: datetime) -> Cut:
        """Deliver the features of one request about one patient, as of a moment."""
        rows: dict[str, list[Row] | None] = {}
        views = {name: self._through.on(each, at) for name, each in self.views.items()}
        n_kept = n_other = n_unusable = 0
        for key, kind in self._keys.items():
            own = keep_own(prefetch.get(key), patient)
            n_other, n_unusable = n_other + own.n_other, n_unusable + own.n_unusable
            if own.value is None:
                continue
            cut = (held(each, self.projection, kind, at) for each in _resources(own.value))
            there = newest(each for each in cut if each is not None)
            n_kept += sum(n_leaves(each.tree) for each in there)
            for name, each in views.items():
                if each.resource == kind:
                    rows[name] = rows_of(each, there)
        seen = look(self.features, rows, at)
        missing: dict[str, str] = {
            n: v.reason for n, v in seen.values.items() if isinstance(v, Missing)
        }
        fields = {n: v for n, v in seen.values.items() if not isinstance(v, Missing)}
        fills = {n: self._fills[n] for n in missing if n in self._fills}
        fills |= filled(self.features, seen.values)
        read = {
            name: tuple(sorted({k for n in names for k in seen.read[n]}))
            for name, names in self._by_view().items()
        }
        digests = {name: each.digest for name, each in views.items()}
        return Cut(
            fields | fills,
            missing,
            tuple(n for n in missing if n in fills),
            -n_kept,  # of what was counted as dropped
            n_other,
            n_unusable,
            Seen(at.isoformat(), digests, read),
        )

    def _by_view(self) -> dict[str, list[str]]:
        named: dict[str, list[str]] = {name: [] for name in self.views}
        for name, feature in self.features.items():
            named[feature.view].append(name)
        return named


def may_fill(feature: Feature | None) -> bool:
    """Tell whether the model's own rule of filling is for this feature."""
    return feature is not None and feature.on_missing in ("null", None)


def key_of(kind: str) -> str:
    """Give the prefetch key under which a type's resources are sent.

    >>> key_of("MedicationAdministration")
    'medicationAdministration'
    """
    return kind[:1].lower() + kind[1:]


def from_views(use_case: UseCase, reading: Reading, fills: Mapping[str, Value]) -> FromViews | None:
    """Read the views that a use case's features name; None where it has no features.

    Raises
    ------
    Refused
        For a view that is not there, or cannot be read.

    """
    features = use_case.features_by_name()
    if not features:
        return None
    where = f"use case {use_case.name}"
    there = {each.name: each for each in reading.views}
    named = sorted({feature.view for feature in features.values()})
    for name in named:
        if name not in there:
            raise Refused(f"there is no view {name!r}", where=where, accepted=there)
    views = [view(definition(there[name]), where=f"view {name}") for name in named]
    free_text = use_case.reads_free_text
    return FromViews(features, views, fills, through=reading.through, free_text=free_text)


def _resources(value: dict[str, object]) -> Iterator[dict[str, object]]:
    if value.get("resourceType") != "Bundle":
        yield value
        return
    entries = value.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            yield resource


def _query(kind: str) -> str:
    named = OF_CONTEXT.get(kind)
    if named is not None:
        return f"{kind}/{{{{context.{named}}}}}"
    return f"{kind}?patient={{{{context.patientId}}}}"
