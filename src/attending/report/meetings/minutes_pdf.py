"""Minutes as a PDF that prints: one page or more for each item, the same bytes from the same facts.

A signature is shown as 21 CFR 11.50 wants it seen: printed name, date and time, and meaning.
"""

from __future__ import annotations

from html import escape as escaped
from io import BytesIO
from typing import TYPE_CHECKING

from reportlab.lib import colors
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table, TableStyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Flowable

    from attending.facts.committee import Condition, Form, Signature
    from attending.report.meetings.minutes import ItemMinutes, Minutes

MARGIN = 20 * mm
WIDE = LETTER[0] - 2 * MARGIN
INK, SOFT, LINE = colors.HexColor("#1b2733"), colors.HexColor("#55636f"), colors.HexColor("#d5dce3")
FONT = "Helvetica"  # one of the 14 that every reader of PDF has


def minutes_pdf(minutes: Minutes, *, as_of: str, root: str) -> bytes:
    """Give the minutes as a PDF.

    Parameters
    ----------
    minutes
        What was put, said and decided.
    as_of
        The moment they were read from the ledger, in RFC 3339.
    root
        The ledger's root then, in hexadecimal; printed on each page.

    """
    styles = _styles()
    title = f"Minutes of {minutes.committee}, meeting {minutes.meeting}"
    story: list[Flowable] = [Paragraph(escape(title), styles["Title"])]
    for n, item in enumerate(minutes.items):
        story += [PageBreak()] if n else []
        story += _item(item, styles)
    foot = f"From the ledger as of {as_of}, root {root[:16]}"

    def drawn(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont(FONT, 8)
        canvas.setFillColor(SOFT)
        canvas.drawString(MARGIN, 12 * mm, foot)
        canvas.drawRightString(MARGIN + WIDE, 12 * mm, f"page {document.page}")

    held = BytesIO()
    document = SimpleDocTemplate(
        held,
        pagesize=LETTER,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=title,
        author=minutes.committee,
        invariant=1,  # no date and no random name in the file: the same facts, the same bytes
        lang="en-US",
    )
    document.build(story, onFirstPage=drawn, onLaterPages=drawn)
    return held.getvalue()


Styles = dict[str, ParagraphStyle]


def _styles() -> Styles:
    base = getSampleStyleSheet()
    plain = ParagraphStyle(
        "plain", parent=base["BodyText"], fontSize=9.5, leading=13, textColor=INK
    )
    return {
        "Title": ParagraphStyle(
            "title", parent=base["Title"], fontSize=16, alignment=0, textColor=INK
        ),
        "Head": ParagraphStyle("head", parent=base["Heading2"], fontSize=12, textColor=INK),
        "Part": ParagraphStyle("part", parent=base["Heading3"], fontSize=10, textColor=SOFT),
        "Plain": plain,
        "Small": ParagraphStyle("small", parent=plain, fontSize=8, leading=10, textColor=SOFT),
    }


def _item(item: ItemMinutes, styles: Styles) -> list[Flowable]:
    packet, deciding = item.packet, item.packet.deciding
    again = f", round {packet.round}" if packet.round > 1 else ""
    told: list[Flowable] = [
        Paragraph(
            escape(f"{packet.use_case}: may {deciding['release']} be used?{again}"), styles["Head"]
        ),
        Paragraph(_came(item), styles["Plain"]),
        Paragraph(f"Packet {packet.digest}, fact {item.index:,}", styles["Small"]),
        Paragraph("What was before the committee", styles["Part"]),
        *(_sentences(_before(item), styles)),
        Paragraph("Who said what", styles["Part"]),
        _table(
            ["name", "said", "meaning", "time (UTC)", "vouched by", "fact"],
            [_voice(v.signature, v.said, v.wrote, v.index) for v in item.voices],
            [0.24, 0.24, 0.12, 0.2, 0.12, 0.08],
            styles,
        ),
    ]
    if item.closed is not None:
        told += _end(item, styles)
    return told


def _came(item: ItemMinutes) -> str:
    if item.attended is None:
        return "The item is open: nothing is decided yet."
    quorum = item.attended
    there = (
        f"{quorum.voting} voting members were there (a quorum is {quorum.voting_wanted}), "
        f"{quorum.practicing} of them practicing where the tool is used "
        f"({quorum.practicing_wanted} wanted)."
    )
    if item.decision is None:
        return escape(f"Nothing was decided: {item.because}. The item returns. {there}")
    word = item.decision.word.replace("_", " ")
    valid = (
        f" In force from {item.decision.valid_from} to {item.decision.expires_on}."
        if item.decision.approves
        else ""
    )
    return f"<b>{escape(word.capitalize())}</b> ({escape(item.because)}).{valid} {there}"


def _before(item: ItemMinutes) -> list[str]:
    deciding = item.packet.deciding
    found = [f"{each['scope']}: {each['found']}" for each in _rows(deciding, "findings")]
    found += [f"Suspended: {place}" for place in _rows(deciding, "suspended")]
    found += [f"Held: {because}" for because in _rows(deciding, "held")]
    found += [
        f"Condition {each['id']} (owner {each['owner']}): {each['state']}"
        for each in _rows(deciding, "conditions")
    ]
    return found + [f"Missing: {what}" for what in _rows(deciding, "missing")]


def _end(item: ItemMinutes, styles: Styles) -> list[Flowable]:
    decision = item.decision
    told: list[Flowable] = []
    if decision is not None and decision.conditions:
        told += [
            Paragraph("Conditions set", styles["Part"]),
            _table(
                ["condition", "owner", "due", "if it is not kept"],
                [_condition(each) for each in decision.conditions],
                [0.4, 0.25, 0.15, 0.2],
                styles,
            ),
        ]
    if decision is not None:
        told += _sentences([f"Condition {name} is ended." for name in decision.closes], styles)
        told += _sentences([f"Not counted: {each.because}." for each in decision.uncounted], styles)
    if item.chair is not None:
        told += [
            Paragraph("Closed by", styles["Part"]),
            Paragraph(_signed(item.chair) + f", fact {item.closed:,}", styles["Plain"]),
        ]
    return told


def _condition(each: Condition) -> list[str]:
    due = each.due or "for as long as it is used"
    return [f"{each.id}: {_asks(each.form)}", each.owner, due, each.effect]


def _asks(form: Form) -> str:
    """Say what a condition asks for, with its limits as they were set."""
    if form.do is not None:
        where = "".join(f", {key} {value}" for key, value in sorted(form.do.where.items()))
        return f"there must be a fact {form.do.fact}{where}"
    bar = form.bar
    if bar is None:
        return "nothing"
    of = f" of {bar.of}" if bar.of else ""
    at = f" at {', '.join(bar.sites)}" if bar.sites else ""
    among = f" among {bar.subgroup}" if bar.subgroup != "all" else ""
    limits = {"floor": bar.floor, "goal": bar.goal, "stop line": bar.stop_line}
    said = ", ".join(f"{name} {value:g}" for name, value in limits.items() if value is not None)
    return f"{'show' if form.show else 'keep'} {bar.metric}{of}{at}{among}: {said}"


def _voice(signature: Signature, said: str, wrote: str, index: int) -> list[str]:
    words = f"{said}: {wrote}" if wrote else said
    at = signature.at.replace("T", " ").removesuffix("Z")[:19]
    return [signature.printed_name, words, signature.meaning, at, _vouched(signature), f"{index:,}"]


def _signed(signature: Signature) -> str:
    return escape(
        f"{signature.printed_name}, {signature.at}, meaning {signature.meaning}, "
        f"vouched by {_vouched(signature)}, over {signature.digest[:16]}"
    )


def _vouched(signature: Signature) -> str:
    """Say how a signer was recognized, and when they showed it again to sign."""
    again = signature.re_auth_at
    said = ", ".join(signature.auth)
    return said if again is None else f"{said}, shown again at {again[11:19]}"


def _sentences(said: Sequence[str], styles: Styles) -> list[Flowable]:
    return [Paragraph(escape(each), styles["Plain"]) for each in said]


def _table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float], styles: Styles
) -> Flowable:
    if not rows:
        return Paragraph("Nobody.", styles["Plain"])
    head = [Paragraph(f"<b>{escape(name)}</b>", styles["Small"]) for name in columns]
    body = [[Paragraph(escape(cell), styles["Plain"]) for cell in row] for row in rows]
    made = Table([head, *body], colWidths=[WIDE * share for share in shares], repeatRows=1)
    made.setStyle(
        TableStyle(
            [("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
        )
    )
    return made


def escape(text: str) -> str:
    """Write text for a page: what its font cannot draw is named, so that nothing is lost unseen."""
    return escaped(text.encode("cp1252", "namereplace").decode("cp1252"))


def _rows(deciding: dict[str, object], name: str) -> list[dict[str, object]]:
    found = deciding.get(name, [])
    return list(found) if isinstance(found, (list, tuple)) else []
