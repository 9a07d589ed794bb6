"""Recompute: an answer on record is asked for again, from the inputs that were kept.

The specs are those that the ledger declared when it was given, the engine is the gateway's own,
and nothing is written. A model in a file is read from a folder of specs that whoever asks names,
and only if its digest is the declared one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import msgspec

from attending import shapes
from attending.errors import ProofFailed, Refused
from attending.loops.declare import declared_in
from attending.report.again import Again
from attending.serve.build import build_engine, build_tool
from attending.serve.engine import BadInput, NoWayOut
from attending.spec.data.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.admit import Folder
    from attending.facts.entry import Entry
    from attending.ledger.payload import Sealer
    from attending.ledger.read import Reader
    from attending.serve.engine import Engine
    from attending.serve.tool import Tool


@dataclass(frozen=True)
class _Ready:
    tool: Tool
    engine: Engine
    specs: int


@dataclass
class Recompute:
    """Asks again what was answered.

    Attributes
    ----------
    reader
        The ledger and the payloads beside it.
    sealer
        Opens payloads; None without their key.
    folders
        Admitted folders of specs, for models that are files: only the file is taken from there.
    refused
        Why a folder was not admitted, as one whose model is another file than declared.

    """

    reader: Reader
    sealer: Sealer | None = None
    folders: Sequence[Folder] = ()
    refused: str = ""
    _declared: dict[str, list[Entry]] | None = None
    _erased: set[str] | None = None
    _ready: dict[tuple[int, str], _Ready | Again] = field(default_factory=dict)

    def __call__(self, entry: Entry) -> Again:
        """Compute one answer again."""
        specs = self._specs(entry)
        if specs is None:
            return Again(wanting="the specs under which it was answered")
        at = (specs.index, entry.fact.release or "")
        if at not in self._ready:
            self._ready[at] = self._built(specs, at[1])
        ready = self._ready[at]
        if isinstance(ready, Again):
            return ready
        if ready.tool.model != entry.fact.body.get("model"):
            return Again(wrong="another model than the one declared answered", specs=specs.index)
        fields = self._fields(entry)
        if isinstance(fields, Again):
            return replace(fields, specs=specs.index)
        return _asked(ready, fields, entry.fact.body.get("threshold"))

    def _specs(self, entry: Entry) -> Entry | None:
        """Give the specs in force when it was answered: those of its release, declared before."""
        if self._declared is None:
            self._declared = {}
            for each in self.reader.entries(kinds=("declared",)):
                if each.fact.type == "specs/1":
                    self._declared.setdefault(each.fact.use_case or "", []).append(each)
        before = [
            e for e in self._declared.get(entry.fact.use_case or "", []) if e.index < entry.index
        ]
        of = [e for e in before if _release(e) == entry.fact.release]
        return next(reversed(of or before), None)

    def _built(self, specs: Entry, release: str) -> _Ready | Again:
        folder = declared_in(specs.fact.body)
        use_case = folder.use_case
        model = folder.models.get(use_case.model.model) if use_case.model else None
        if model is None:
            return Again(wanting="the model that the specs declare", specs=specs.index)
        if model.file:
            named = f"Model/{model.name}"
            own = [f for f in self.folders if f.digests.get(named) == folder.digests.get(named)]
            if not own and self.refused:
                return Again(wrong=f"its model cannot be asked: {self.refused}")
            if not own:
                return Again(wanting=f"the file of model {model.name} (--folder)")
            folder = own[-1]
        try:
            engine = build_engine(model, folder.path)
            tool = build_tool(
                use_case,
                model,
                release=release,
                folder=folder.path,
                engine=engine,
                views=Reading(tuple(folder.views.values())),  # no map: fields are on record
            )
        except NoWayOut:
            return Again(
                wanting="a vendor's answer, which is not asked for twice", specs=specs.index
            )
        except Refused as refused:
            return Again(wrong=f"its model cannot be asked: {refused}", specs=specs.index)
        return _Ready(tool, engine, specs.index)

    def _fields(self, entry: Entry) -> dict[str, Any] | Again:
        """Open what the model was given; nothing of it leaves here."""
        kept = self.reader.sealed(str(entry.fact.body["inputs"]))
        if kept is None:
            if entry.fact.body["inputs"] in self._forgotten():
                return Again(wanting="inputs that were erased")
            return Again(wrong="its inputs are gone, and no erasure is on record")
        if self.sealer is None:
            return Again(wanting="the key of the payload store")
        try:
            given = shapes.decode(self.sealer.open(kept), dict[str, Any])
        except (ProofFailed, msgspec.DecodeError):
            return Again(wrong="its inputs are not those that were kept")
        if given.get("prediction") != entry.fact.body["prediction"]:
            return Again(wrong="its inputs were kept for another answer")
        return shapes.convert(given.get("fields", {}), dict[str, Any])

    def _forgotten(self) -> set[str]:
        """Give the digests of payloads whose erasure is on record, whenever it was."""
        if self._erased is None:
            self._erased = set()
            for each in self.reader.entries(kinds=("acted",)):
                if each.fact.type == "erasure/1":
                    self._erased |= {*shapes.convert(each.fact.body.get("payloads", []), list[str])}
        return self._erased


def _release(specs: Entry) -> str:
    documents = shapes.convert(specs.fact.body["documents"], dict[str, Any])
    return str((documents.get("rollout") or {}).get("release", ""))


def _asked(ready: _Ready, fields: dict[str, Any], threshold: object) -> Again:
    tool = ready.tool
    if any(name not in fields for name in tool.needs):
        return Again(display="failed(missing_input)", specs=ready.specs)
    try:
        score = ready.engine.answer(tool.contract.clear(fields)).score
    except BadInput:
        return Again(display="failed(bad_input)", specs=ready.specs)
    except Exception as error:  # noqa: BLE001  whatever an engine raises, it has failed
        return Again(wrong=f"the engine fails: {type(error).__name__}", specs=ready.specs)
    if not math.isfinite(score) or (tool.probability and not 0.0 <= score <= 1.0):
        return Again(display="failed(bad_score)", specs=ready.specs)
    advises = not isinstance(threshold, int | float) or score >= threshold
    return Again(score=score, advises=advises, specs=ready.specs)
