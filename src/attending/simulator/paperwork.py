"""What Tern Valley keeps beside the bedside: its sheet of AI tools, and what its people propose.

Made up, as everything here is, and as uneven as such sheets are: one owner is nobody, one date
can be read two ways, two tools do the same, and most of them never left their pilot.
"""

from __future__ import annotations

from typing import Any

KEEPS_THE_SHEET = "clinical-informatics-desk"
PROPOSES = ("radiology-champion", "nursing-champion")
DECIDED = "chief-medical-officer"

COLUMNS = (
    "tool", "name", "vendor", "use_case", "made", "claimed_status", "owner", "sites", "units",
    "task", "population", "setting", "output", "device", "spend_2026_fees", "currency",
    "started_on", "last_used_on",
)  # fmt: skip

# One tool a line, in the order of the columns; a cell left empty is not known.
TOOLS = """\
sepsis_alert|Early sepsis alert|Fernhill|sepsis_alert|bought|live|sepsis-quality-lead|Alder; Birch; Larch|emergency|predict|adults|emergency|sepsis risk|unclear|84000|USD|2026-07-21|2026-07-21
ehr_sepsis_score|Chart system's sepsis score|Lakeside||bought|live|emergency-director|Alder; Birch|emergency|predict|adults|emergency|sepsis risk|not_device|61000|USD|2023-02-06|2026-07-19
stroke_reader|Stroke CT reader|Northlight||bought|live|radiology-director|Alder; Elm; Juniper; Yarrow|radiology|detect|adults|radiology|large vessel occlusion|device|210000|USD|2022-10-03|2026-07-20
fall_risk|Fall risk score|||built|pilot|nursing-quality-lead|Hazel|medical|predict|adults|inpatient|fall risk|unclear|12000|USD|2025-03-10|2025-11-30
readmission|Readmission score|Lakeside||bought|pilot|care-management-lead|Birch; Spruce|medical|predict|adults|inpatient|readmission risk|not_device|45000|USD|2024-09-02|2026-02-13
no_show|No-show score|||built|pilot|clinic-operations|Quince|clinic|schedule|everybody|outpatient|chance of no show|not_device|9000|USD|2025-06-16|2026-01-30
chest_reader|Chest film reader|Northlight||bought|pilot||Sorrel|radiology|detect|adults|radiology|pneumothorax|device|98000|USD|2025-01-20|2025-12-05
note_drafts|Visit note drafts|Penfold||bought|pilot|primary-care-lead|Elm; Quince|clinic|draft|everybody|outpatient|draft visit note|not_device|130000|USD|2026-05-04|2026-07-17
inbox_replies|Inbox reply drafts|Penfold||bought|in_review|TBD|||draft|everybody|outpatient|draft reply|not_device||USD||
skin_triage|Skin photo triage|Dermalane||bought|in_review|dermatology-lead|Quince|clinic|triage|adults|outpatient|urgency|device|30000|USD|03/04/2026|
glucose_advice|Glucose advice|||built|stopped|endocrine-lead|Alder|medical|predict|adults|inpatient|insulin dose|unclear|0|USD|2024-01-08|2025-02-28
bed_forecast|Bed forecast|||built|idea|patient-flow-office|||predict|everybody|inpatient|beds needed|not_device||USD||
"""  # noqa: E501  a table is read by its rows


def workbook() -> str:
    """Give the sheet as CSV."""
    rows = [",".join(COLUMNS), *(line.replace("|", ",") for line in TOOLS.splitlines())]
    return "\n".join(rows) + "\n"


CRITERIA = (
    ("core_differentiator", "no", "every health system has this problem"),
    ("deep_integration", "yes", "it has to be where people already write"),
    ("talent_in_house", "no", "the informatics desk has no one to spare"),
    ("need_unique", "no", "nothing about it is ours alone"),
    ("vendor_validated", "yes", "two published comparisons"),
    ("commoditized", "yes", "four vendors offer it"),
    ("no_capability", "yes", "nobody here has built one"),
    ("vendor_lasting", "not_known", "a young company"),
)
RISKS = ("acts_without_person", "patient_facing_unreviewed", "time_critical",
         "denies_or_delays_care", "continuously_updated", "drives_treatment_or_triage",
         "protected_input")  # fmt: skip

COMMON: dict[str, Any] = {
    "kind": "Proposal",
    "criteria": [{"id": i, "answer": answer, "why": why} for i, answer, why in CRITERIA],
    "route": "buy",
    "six": {
        "rules": "the policy on drafted records",
        "workflow": "whoever signs the text edits it instead of writing it",
        "data_unique": "no: the same text lies in one archive for all hospitals",
        "owner": "the department that signs",
        "monitoring": "edits a week, and time from end of work to signature",
        "evidence": "equal accuracy at two sites",
    },
    "sponsor": DECIDED,
}

REPORTS: dict[str, Any] = COMMON | {
    "proposal": "report_drafting",
    "tool": "report_drafts",
    "title": "Radiology report drafting",
    "vendor": "Sunline",
    "task": "draft",
    "output": "draft radiology report",
    "problem": "Radiologists type the same sentences all day, and reports wait for hours.",
    "priority": "staff",
    "metrics": [{"metric": "minutes to write a report", "baseline": 12.5, "target": 8.5,
                 "by": "2027-06-30"}],
    "impact": [{"kind": "time", "unit": "hours_per_year", "low": 800, "likely": 6000,
                "high": 9000, "basis": "30,000 reports a year"}],
    "feasibility": {"data": 4, "complexity": 3, "vendor": 3, "timeline": 3},
    "risk": {"regulatory": 2, "validation": 2, "change": 1, "vendor": "not_known"},
    "oversight": dict.fromkeys(RISKS, "no") | {"device": "not_device",
                                                   "sends_identifiable_data": "yes"},
    "alternative": {"what": "dictation templates", "cost": "a week of work",
                    "effect": "about two minutes a report", "why_not": "tried in 2024"},
    "champion": PROPOSES[0],
    "after_launch": {"owner": "radiology-operations", "decides": DECIDED,
                     "funds": "imaging-budget", "supports": "imaging-desk"},
    "boxes": [{"phase": "design", "from": "2026-08-03", "to": "2026-10-16"},
              {"phase": "run", "from": "2026-10-19", "to": "2026-12-18"},
              {"phase": "scale", "from": "2027-02-01", "to": "2027-06-30"}],
}  # fmt: skip

HANDOVER: dict[str, Any] = COMMON | {
    "proposal": "handover_summary",
    "tool": "handover_summaries",
    "title": "Nursing handover summary",
    "vendor": "Penfold",
    "task": "summarize",
    "output": "summary of a shift",
    "problem": "A shift's notes take twenty minutes to read, and what matters is missed.",
    "priority": "staff",
    "metrics": [{"metric": "minutes of handover for each patient", "baseline": 6.0,
                 "target": 4.0, "by": "2026-12-31"}],
    "impact": [{"kind": "time", "unit": "hours_per_year", "low": 900, "likely": 2400,
                "high": 5000, "basis": "two wards, counted for a week"}],
    "feasibility": {"data": 3, "complexity": 3, "vendor": 3, "timeline": 4},
    "risk": {"regulatory": 1, "validation": 2, "change": 2, "vendor": 2},
    "oversight": dict.fromkeys(RISKS, "no") | {"drives_treatment_or_triage": "not_known",
                                                   "device": "not_device",
                                                   "sends_identifiable_data": "yes"},
    "alternative": {"what": "a shorter handover form", "cost": "two weeks of a nurse educator",
                    "effect": "about one minute", "why_not": "not_known"},
    "champion": PROPOSES[1],
    "after_launch": {"owner": "nursing-quality-lead", "decides": DECIDED,
                     "funds": "nursing-budget", "supports": "clinical-informatics-desk"},
    "boxes": [{"phase": "design", "from": "2026-08-10", "to": "2026-08-28"},
              {"phase": "run", "from": "2026-09-07", "to": "2026-10-30"},
              {"phase": "scale", "from": "2026-11-16", "to": "2027-03-31"}],
}  # fmt: skip

PUT_IN_ORDER_ON = 2  # the third day: what there is, what is wanted, and how much is owed

PUT_IN_ORDER: tuple[dict[str, Any], ...] = (
    {"do": "inventory", "by": KEEPS_THE_SHEET, "text": workbook()},
    {"do": "tier", "by": KEEPS_THE_SHEET},
    {"do": "retention", "by": "records-officer"},
    {"do": "propose", "by": PROPOSES[0], "proposal": REPORTS},
    {"do": "propose", "by": PROPOSES[1], "proposal": HANDOVER},
)
