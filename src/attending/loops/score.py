"""Score: each recorded case is put to the gateway, which answers and records it itself.

The gateway cannot know that the past is being replayed; it is asked by its own door, and
its answer is durable before the outcome is. Outcomes then join by the prediction's id.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from attending.errors import NotDurable, Refused
from attending.ingest.scored import as_scored
from attending.serve.replaying.in_process import InProcess
from attending.serve.replaying.question import question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from attending.facts.case import RecordedCase, RecordedOutcome
    from attending.facts.fact import Fact
    from attending.ledger.write import Pen, Receipt
    from attending.serve.gateway import Gateway
    from attending.serve.tool import Tool
    from attending.spec.model import Model

FINE = 200


class CasePen:
    """The pen a gateway writes with while one recorded case is put to it.

    Parameters
    ----------
    pen
        The ledger's.

    """

    def __init__(self, pen: Pen) -> None:
        self._pen = pen
        self._case: RecordedCase | None = None
        self.answers: dict[str, str] = {}

    def about(self, case: RecordedCase) -> None:
        """Say which case the next answer is about."""
        self._case = case

    def submit(self, facts: Sequence[Fact], payloads: Sequence[bytes] = ()) -> Future[Receipt]:
        """Write at once; the future is done."""
        done: Future[Receipt] = Future()
        marked = [self._marked(fact) for fact in facts]
        try:
            done.set_result(self._pen.append(marked, payloads))
        except NotDurable as error:
            done.set_exception(error)
        else:
            self._heard(marked)
        return done

    def _marked(self, fact: Fact) -> Fact:
        if fact.kind != "served" or self._case is None:
            return fact
        return as_scored(fact, self._case)

    def _heard(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            if fact.kind == "served" and self._case is not None:
                self.answers[self._case.case] = str(fact.body["prediction"])


class Asked(NamedTuple):
    """Who is asked, and what it reads."""

    gateway: Gateway
    tool: Tool
    model: Model


class Scoring:
    """Puts recorded cases to a gateway of this process.

    Parameters
    ----------
    asked
        Who is asked.
    pen
        The pen the gateway writes with.

    """

    def __init__(self, asked: Asked, pen: CasePen) -> None:
        self._asked = asked
        self._pen = pen
        self._write: Callable[[RecordedCase], bytes] = self._from_inputs
        self._caller = InProcess(asked.gateway)

    @property
    def tool(self) -> Tool:
        """Give who is asked."""
        return self._asked.tool

    def write_by(self, write: Callable[[RecordedCase], bytes]) -> None:
        """Let calls be written so, and not from the cases' own inputs."""
        self._write = write

    def _from_inputs(self, case: RecordedCase) -> bytes:
        return question(self._asked.tool, self._asked.model, case.inputs, case=case.case)

    def ask(self, cases: Iterable[RecordedCase]) -> None:
        """Put cases to the gateway, one after another.

        Raises
        ------
        Refused
            The gateway took no call, or recorded no answer.

        """
        gateway, tool = self._asked.gateway, self._asked.tool
        for case in cases:
            self._pen.about(case)
            path = f"/sites/{case.site}/cds-services/{tool.name}"
            came = self._caller.post(path, self._write(case))
            if came.status != FINE or case.case not in self._pen.answers:
                where = f"{gateway.parts.gateway} at {case.site}"
                raise Refused(f"a case was not answered (status {came.status})", where=where)

    def joined(
        self, outcomes: Iterable[tuple[RecordedCase, RecordedOutcome]]
    ) -> list[tuple[RecordedCase, RecordedOutcome]]:
        """Give outcomes under the id of the prediction they became known of."""
        answers = self._pen.answers
        return [
            (msgspec.structs.replace(case, case=answers[case.case]), outcome)
            for case, outcome in outcomes
        ]

    def close(self) -> None:
        """Let the gateway's threads and files go."""
        with self._caller as caller:
            caller.run(self._asked.gateway.close())
