"""The desk: one question in, one recorded display, then the answer.

In order: how does the use case stand here (`exposure`); the declared fields, no others
(`reach`); the engine, within its part of the deadline (`pool`); exactly one display
(`prediction`); the record, durable (`keeper`); how does it stand *now*; the answer.

A use case that is off, suspended, retired, or whose snapshot has lapsed is not asked at
all: its inputs are neither read nor kept, and the call is recorded with its display.
"""

from __future__ import annotations

import asyncio
import math
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
import structlog

from attending.clock import stamp
from attending.facts.fact import By, Fact
from attending.facts.snapshot import Exposure
from attending.serve.card import Card, Ground, advice, notice, score_words
from attending.serve.cut import Cut
from attending.serve.engine import Answer, BadInput, Value
from attending.serve.exposure import Lapsed
from attending.serve.keeper import Keeper
from attending.serve.notices import Notices
from attending.serve.pool import Full
from attending.serve.prediction import (
    LATE,
    NO_ADVICE,
    NO_RECORD,
    SHOWN,
    SILENT,
    SUSPENDED,
    Display,
    Prediction,
    served,
)

if TYPE_CHECKING:
    from datetime import datetime

    from attending.serve.channel import Ask
    from attending.serve.parts import Parts
    from attending.serve.tool import Tool

DEADLINE = 0.4  # seconds, where no snapshot says
FOR_THE_ENGINE = 0.75  # of the deadline; the rest is for the record
MARGIN = 0.02  # seconds kept for writing the answer itself

_encode = msgspec.json.Encoder(order="sorted").encode
_log = structlog.get_logger("attending.serve")


class Reply(msgspec.Struct, frozen=True):
    """What leaves: the cards, and the display that was recorded."""

    cards: tuple[Card, ...]
    display: Display
    prediction: str


class Heard(msgspec.Struct, frozen=True):
    """What came of asking the engine."""

    display: Display | None = None
    score: float | None = None
    details: dict[str, Value] = {}


class _Work(msgspec.Struct, frozen=True):
    made: Prediction
    heard: Heard
    cut: Cut | None = None
    payload: bytes | None = None


class Desk:
    """Answers questions, one record each."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.keeper = Keeper(parts.pen, parts.tally)
        self._notices = Notices(parts.options.shift)

    async def take(self, ask: Ask) -> Reply:
        """Answer a question inside its deadline, whatever is broken."""
        now = self._parts.clock.now()
        loop = asyncio.get_running_loop()
        start = loop.time()
        standing = self._parts.exposures.standing(ask.use_case, ask.site, ask.unit, now=now)
        entry = standing.last if isinstance(standing, Lapsed) else standing
        deadline = (entry.deadline_ms / 1000 if entry else DEADLINE) - MARGIN
        made = self._begun(ask, entry)
        tool = self._parts.tools.find(ask.use_case, entry.release if entry else None)
        work = _Work(made, Heard(_held_back(standing, tool)))
        if work.heard.display is None and tool is not None:
            work = await self._asked(ask, tool, work, deadline * FOR_THE_ENGINE)
        display = self._display(made, entry, tool, work.heard)
        made = msgspec.structs.replace(
            work.made,
            display=display,
            score=work.heard.score,
            notice=self._is_told(made, entry, display, now),
            seq=self._parts.exposures.seq,
        )
        work = msgspec.structs.replace(work, made=made)
        left = deadline - (loop.time() - start)
        made = await self._recorded(work, now=now, within=left)
        self._parts.tally.took(loop.time() - start)
        return self._written(made, work, tool)

    async def _asked(self, ask: Ask, tool: Tool, work: _Work, within: float) -> _Work:
        """Read the declared fields and ask the engine; a fault of ours is said as one."""
        try:
            if ask.asked_at is not None and not self._parts.options.about_the_past:
                return _Work(work.made, Heard(Display("failed", "bad_input")))
            at = ask.asked_at or self._parts.clock.now()
            cut = tool.cut(ask.context, ask.prefetch, ask.patient, at)
            heard = await self._heard(tool, cut, ask.site, within)
            made, payload = self._with_inputs(work.made, tool, cut)
        except Exception as error:  # noqa: BLE001  whatever broke, the call is recorded as failed
            _log.error("gateway_failed", use_case=tool.name, error=type(error).__name__)
            return _Work(work.made, Heard(Display("failed", "gateway")))
        return _Work(made, heard, cut, payload)

    def _begun(self, ask: Ask, entry: Exposure | None) -> Prediction:
        names = self._parts.pseudonyms
        # A unit that no spec and no snapshot names is text of the caller's, and may say anything.
        is_named = entry is not None and entry.unit == ask.unit
        is_named = is_named or ask.unit in self._parts.units.get(ask.site, ())
        tool = self._parts.tools.any_release(ask.use_case)
        return Prediction(
            prediction=names.new_prediction(ask.use_case, ask.site),
            use_case=ask.use_case,
            site=ask.site,
            unit=ask.unit,
            release=entry.release if entry else None,
            display=SILENT,
            instance=names.of("instance", ask.instance),
            patient=names.of("patient", ask.patient),
            user=names.of("user", ask.user),
            encounter=names.of("encounter", ask.encounter),
            channel=ask.channel,
            seq=self._parts.exposures.seq,
            unit_on_record=ask.unit if is_named else names.of("unit", ask.unit),
            credential=ask.credential,
            role="" if tool is None else tool.roles.of(ask.user, ask.prefetch),
        )

    async def _heard(self, tool: Tool, cut: Cut, site: str, within: float) -> Heard:
        """Ask the engine; every way it can fail is one word, and none is `no_advice`."""
        if any(name not in cut.fields for name in tool.needs):
            return Heard(Display("failed", "missing_input"))
        try:
            given = tool.contract.clear(cut.fields, site=site)
            answer = await tool.pool.ask(given, within=within)
        except Full:
            self._parts.tally.add("full_pools", use_case=tool.name)
            return Heard(LATE)
        except TimeoutError:
            return Heard(LATE)
        except BadInput:
            return Heard(Display("failed", "bad_input"))
        except Exception as error:  # noqa: BLE001  whatever an engine raises, it has failed
            _log.error("engine_failed", use_case=tool.name, error=type(error).__name__)
            return Heard(Display("failed", "engine"))
        return _judged(answer, tool)

    def _with_inputs(
        self,
        made: Prediction,
        tool: Tool,
        cut: Cut,
    ) -> tuple[Prediction, bytes]:
        kept: dict[str, object] = {
            "salt": self._parts.pseudonyms.salt(),
            "prediction": made.prediction,
            "fields": cut.fields,
        }
        if cut.seen is not None:
            kept |= {"at": cut.seen.at, "rows": cut.seen.rows}
        raw = _encode(kept)
        made = msgspec.structs.replace(
            made,
            model=tool.model,
            threshold=tool.threshold,
            inputs=sha256(raw).hexdigest(),
            missing=cut.missing,
            filled=cut.filled,
            n_dropped=cut.n_dropped,
            views=self._rows_named(cut, made.site),
        )
        return made, raw

    def _rows_named(self, cut: Cut, site: str) -> dict[str, dict[str, object]]:
        """Name the rows that features were made of under a key: a fact holds no identifier."""
        if cut.seen is None:
            return {}
        name = self._parts.pseudonyms.of
        return {
            view: {
                "view": digest,
                "rows": sorted(name("row", f"{site}/{key}") for key in cut.seen.rows[view]),
            }
            for view, digest in sorted(cut.seen.views.items())
        }

    def _display(
        self,
        made: Prediction,
        entry: Exposure | None,
        tool: Tool | None,
        heard: Heard,
    ) -> Display:
        if heard.display is not None:
            return heard.display
        if entry is None or tool is None or entry.mode == "silent":
            return SILENT
        if not self._in_share(made, entry):
            return Display("suppressed", "not_in_share")
        if tool.threshold is not None and (heard.score or 0.0) < tool.threshold:
            return NO_ADVICE
        # A suspension may have come while the engine worked. From here to the record's place
        # in the queue nothing else runs, so no `shown` stands after the read-back.
        still = self._still(made)
        if still != SHOWN:
            return still
        return SHOWN if self._admitted(made, entry) else Display("suppressed", "cap")

    def _admitted(self, made: Prediction, entry: Exposure) -> bool:
        """Tell whether the week still has room for this case, and count it in."""
        case = (made.use_case, made.site, made.patient or made.prediction)
        return self._parts.cases.admit(*case, cap=entry.weekly_case_cap)

    def _in_share(self, made: Prediction, entry: Exposure) -> bool:
        if entry.share >= 1.0 or made.user in entry.users:
            return True
        return bool(made.user) and (
            self._parts.pseudonyms.share(made.use_case, made.user) < entry.share
        )

    def _is_told(
        self,
        made: Prediction,
        entry: Exposure | None,
        display: Display,
        now: datetime,
    ) -> bool:
        """Tell a person once a shift that an AI they would have been shown is down."""
        if not display.down or entry is None or entry.mode not in ("live", "suspended"):
            return False
        if not self._in_share(made, entry):
            return False
        return self._notices.due(made.use_case, made.user, now=now)

    async def _recorded(self, work: _Work, *, now: datetime, within: float) -> Prediction:
        """Make the record durable; what was not is owed, and what changed is corrected."""
        made, gateway, at = work.made, self._parts.gateway, stamp(now)
        facts = [served(made, gateway=gateway, at=at)]
        if work.cut is not None and work.cut.n_other_patient:
            facts.append(_wrong_patient(made, work.cut.n_other_patient, gateway=gateway, at=at))
        payloads = [] if work.payload is None else [work.payload]
        kept, attempt = await self.keeper.keep(facts, payloads, within=within)
        really = made.display if kept else NO_RECORD
        if really == SHOWN:
            really = self._still(made)
        if really != made.display:
            if made.display == SHOWN:
                self._parts.cases.take_back(
                    made.use_case, made.site, made.patient or made.prediction
                )
            if made.notice and not kept:
                self._notices.forget(made.use_case, made.user)
            made = msgspec.structs.replace(made, display=really, notice=made.notice and kept)
            facts[0] = served(made, gateway=gateway, at=at)
            self.keeper.owe(facts[0], attempt, payloads)
            for fact in () if kept else facts[1:]:
                self.keeper.owe(fact, attempt)
        self._counted(made, work.cut)
        return made

    def _still(self, made: Prediction) -> Display:
        """Say what may be shown at this very moment; a suspension may have come meanwhile."""
        exposures, now = self._parts.exposures, self._parts.clock.now()
        standing = exposures.standing(made.use_case, made.site, made.unit, now=now)
        held = _held_back(standing, self._parts.tools.find(made.use_case, made.release))
        if held is not None:
            return held
        live = isinstance(standing, Exposure) and standing.mode == "live"
        same = isinstance(standing, Exposure) and standing.release == made.release
        return SHOWN if live and same else SUSPENDED

    def _counted(self, made: Prediction, cut: Cut | None) -> None:
        tally, name, site = self._parts.tally, made.use_case, made.site
        tally.display(name, site, made.display)
        if made.notice:
            tally.add("notices", use_case=name, site=site)
        if cut is not None:
            tally.add("dropped_values", cut.n_dropped, use_case=name, site=site)
            tally.add("other_patient", cut.n_other_patient, use_case=name, site=site)
            tally.add("unusable_prefetch", cut.n_unusable, use_case=name, site=site)
            tally.add("filled_fields", len(cut.filled), use_case=name, site=site)

    def _written(self, made: Prediction, work: _Work, tool: Tool | None) -> Reply:
        cards: tuple[Card, ...] = ()
        if made.display == SHOWN and tool is not None and work.cut is not None:
            ground = Ground(
                score=work.heard.score,
                threshold=tool.threshold,
                found_here=self._parts.found_here.say(made.use_case, made.release, made.site),
                missing=work.cut.missing,
                filled=work.cut.filled,
                quotes=_quotes(work.cut, work.heard),
            )
            cards = (advice(tool.use_case, made.prediction, ground),)
        elif made.notice:
            known = self._parts.tools.any_release(made.use_case)
            if known is not None:
                suspended = made.display == SUSPENDED
                cards = (notice(known.use_case, made.prediction, suspended=suspended),)
        return Reply(cards, made.display, made.prediction)


def _quotes(cut: Cut, heard: Heard) -> dict[str, Value]:
    """Give what a card may quote: what was read, what the engine said, and its score in words."""
    score = {} if heard.score is None else {"score": score_words(heard.score)}
    return {**cut.fields, **heard.details, **score}


def _held_back(standing: Exposure | Lapsed | None, tool: Tool | None) -> Display | None:
    """Say why nothing may be asked or shown, or None where it may."""
    if isinstance(standing, Lapsed):
        return Display("failed", "stale_policy")
    if standing is None or standing.mode == "off":
        return Display("suppressed", "off")
    if standing.mode in ("suspended", "retired"):
        return Display("suppressed", standing.mode)
    return None if tool is not None else Display("failed", "no_release")


def _judged(answer: Answer, tool: Tool) -> Heard:
    score = answer.score
    sound = math.isfinite(score) and (not tool.probability or 0.0 <= score <= 1.0)
    if not sound:
        return Heard(Display("failed", "bad_score"))
    return Heard(None, score, answer.details)


def _wrong_patient(made: Prediction, n: int, *, gateway: str, at: str) -> Fact:
    return Fact(
        kind="observed",
        key=f"{gateway}/{made.prediction}/wrong_patient",
        at=at,
        by=By(person=gateway, via="gateway"),
        site=made.site,
        use_case=made.use_case,
        release=made.release,
        body={
            "type": "security/1",
            "what": "wrong_patient",
            "prediction": made.prediction,
            "n": n,
        },
    )
