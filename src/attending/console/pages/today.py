"""What needs me now? At most seven sentences, each a link to why.

It reads every use case's facts, most urgent first: gateways that did not confirm, what is
suspended, incidents that stop output or are late, conditions that are broken, what waits for
votes and signatures, what is held, who waits for which evidence, what was shown, and what
looked bad and was rightly left alone.

It does not tell what nobody has recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.pressing import pressing
from attending.console.governance.set_aside import to_review
from attending.console.noticing import sentences
from attending.console.page import Page

if TYPE_CHECKING:
    from attending.console.page import Asked, Shown

MOST = 7


def show(asked: Asked) -> Shown:
    """Give the sentences, and what there is to say where there are none."""
    courses = asked.courses()
    told = sentences(
        [(c, asked.folder(c)) for c in courses.values()],
        MOST,
        person=asked.session.person,
        wrong=[*pressing(asked), *to_review(asked)],
    )
    verified = asked.parts.verifying.last
    return {
        "sentences": told,
        "several": len(courses) > 1,
        "courses": list(courses.values()),
        "broken": verified if verified is not None and not verified.holds else None,
    }


today = Page(
    path="/",
    question="What needs me now?",
    show=show,
    menu=(1, "Today"),
    needs=reads("evidence"),
    narrows=True,
)
