"""Which elements hold what people wrote: no rule tells what, or about whom, they wrote.

A structured element says one of the things it can say. A free one can say anything: a note, a
phone number, a relative's name. Where data is cut to a purpose, these go nowhere unless the use
case says that it reads free text. Names of people and their addresses are none of these: they
are structured, and are kept out by nobody declaring them.
"""

from __future__ import annotations

LONGEST = 512  # characters of a structured value: codes, names and addresses, not notes
WHY = {
    "authorString": "whoever is named as the author",
    "carePlan": "instructions in prose",
    "comment": "a remark",
    "comments": "a remark",
    "conclusion": "a report's conclusion in prose",
    "contentString": "a message",
    "data": "a document",
    "description": "a description in prose",
    "details": "a description in prose",
    "diagnostics": "a message of a system, which may repeat what it was given",
    "display": "what a code or a reference is shown as: of a reference, a person's name",
    "disposition": "an outcome in prose",
    "instruction": "an instruction in prose",
    "note": "a remark",
    "patientInstruction": "an instruction in prose",
    "payload": "a message",
    "preAuthRef": "what a payer wrote",
    "reasonString": "a reason in prose",
    "summary": "a summary in prose",
    "text": "what was said instead of a code, or beside it",
    "title": "a title, which may name what a document is about",
}
SUFFIXES = ("String", "Markdown", "Base64Binary")  # of a choice: text or a document


def is_free(name: str) -> bool:
    """Tell whether an element of this name holds free text."""
    return name in WHY or name.endswith(SUFFIXES)
