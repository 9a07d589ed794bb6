"""The 34 questions an auditor asks, and what each still needs where it cannot be answered yet.

The catalog's wording stands here; what answers a question stands in the room `audit`, in a file
of its number. A question without such a file names the capability it waits for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attending import rooms
from attending.errors import Refused
from attending.report import audit
from attending.report.question import Answer, Question

if TYPE_CHECKING:
    from attending.report.question import Asked


class Listed(NamedTuple):
    """One question of the catalog: its number, its words, and what it waits for."""

    number: int
    title: str
    needs: str = ""


CATALOG = (
    Listed(
        1,
        "Every answer a model version gave for one patient: inputs, output, display, response",
    ),
    Listed(2, "Can one answer be computed again from the same inputs?"),
    Listed(3, "Who approved this use case at this site, when, with what votes and conditions?"),
    Listed(4, "Was the tool in use anywhere before it was approved, or after its approval ended?"),
    Listed(5, "What changed between two versions, under which agreed change plan?", "change plans"),
    Listed(6, "Which sites, units and users were live at a moment, and in which mode?"),
    Listed(
        7,
        "What did silent validation show against the gold standard?",
        "validation protocols and adjudicated labels",
    ),
    Listed(8, "How does it perform by subgroup at each site?", "metrics by subgroup"),
    Listed(9, "Which tools use protected attributes as inputs?"),
    Listed(10, "How were cards answered, by reason, role and unit?"),
    Listed(11, "The feedback export that HTI-1 asks for"),
    Listed(12, "How many alerts did each user get, all tools together?"),
    Listed(13, "Which answers were computed but not shown, and why?"),
    Listed(14, "Where did two tools contradict each other?", "arbitration between tools"),
    Listed(15, "Every hold, suspension and way back: trigger, who, how long, how many patients"),
    Listed(16, "Which answers were given while data were degraded?"),
    Listed(17, "From which source messages did one input come?"),
    Listed(
        18,
        "What was sent to a vendor?",
        "the legal basis of what a vendor is given, which no spec declares",
    ),
    Listed(19, "How was a data set de-identified, and who signed?"),
    Listed(20, "Who looked at one patient's records, and why?"),
    Listed(21, "Has the log been altered?"),
    Listed(22, "Which model card did clinicians see on a day?", "model cards"),
    Listed(23, "Was each denied authorization reviewed by a person in time?", "authorizations"),
    Listed(24, "The public authorization metrics of a year", "authorizations"),
    Listed(25, "Which incidents were there, and were their clocks met?"),
    Listed(26, "Did each vendor keep its promises?", "vendor scorecards"),
    Listed(27, "Was every user trained before the first card?", "training records"),
    Listed(28, "Which patients were told that AI was used?", "disclosures to patients"),
    Listed(29, "Was an adverse outcome explained when a patient asked?", "disclosures to patients"),
    Listed(30, "What stands behind the claim that it paid?", "sealed designs and their analysis"),
    Listed(31, "What did an agent do, with which tools and approvals?", "agents"),
    Listed(32, "What was configured at a moment, and who changed what since?"),
    Listed(33, "Are retired models or credentials still in use?"),
    Listed(34, "What is due for deletion, and what was deleted?"),
)


def listed(number: int) -> Listed:
    """Give one question of the catalog.

    Raises
    ------
    Refused
        There is none of this number.

    """
    found = next((each for each in CATALOG if each.number == number), None)
    if found is None:
        raise Refused(f"there is no question {number}", accepted=[f"1 to {CATALOG[-1].number}"])
    return found


def answerable() -> dict[int, Question]:
    """Give the questions that can be answered today, by number."""
    found = (rooms.fetch(audit, name) for name in rooms.names(audit))
    return {each.number: each for each in found if isinstance(each, Question)}


def answered(number: int, asked: Asked) -> Answer:
    """Answer one question, or say what it waits for."""
    question, about = answerable().get(number), listed(number)
    if question is not None:
        return question.answer(asked)
    because = f"This platform cannot answer it yet: it waits for {about.needs}."
    return Answer(because, (), status="not_yet", needs=(about.needs,))
