"""What R4 calls things: its primitive and its general types, and the elements of many types.

An element of many types (a *choice*) is said in JSON under its name and its type:
`valueQuantity`, `deceasedBoolean`. The names here are those that are a choice wherever they
occur. A name that is a choice in one place and a plain element in another (`code`, `subject`,
`dose`) is read as the plain one; `ofType` reads the other.

Source: HL7 FHIR R4 (4.0.1), Datatypes, and the element definitions of its resources.
"""

from __future__ import annotations

TEXTS = frozenset(
    {
        "string",
        "code",
        "id",
        "uri",
        "url",
        "canonical",
        "oid",
        "uuid",
        "markdown",
        "base64Binary",
        "date",
        "dateTime",
        "instant",
        "time",
    }
)
WHOLE = frozenset({"integer", "positiveInt", "unsignedInt", "integer64"})
PRIMITIVES = TEXTS | WHOLE | {"boolean", "decimal"}
MOMENTS = frozenset({"date", "dateTime", "instant", "time"})
QUANTITIES = frozenset(
    {"Quantity", "Age", "Count", "Distance", "Duration", "Money", "SimpleQuantity"}
)
GENERAL = QUANTITIES | {
    "Address",
    "Annotation",
    "Attachment",
    "CodeableConcept",
    "CodeableReference",
    "Coding",
    "ContactDetail",
    "ContactPoint",
    "Contributor",
    "DataRequirement",
    "Dosage",
    "Expression",
    "HumanName",
    "Identifier",
    "Meta",
    "ParameterDefinition",
    "Period",
    "Range",
    "Ratio",
    "Reference",
    "RelatedArtifact",
    "SampledData",
    "Signature",
    "Timing",
    "TriggerDefinition",
    "UsageContext",
}

CHOICES = frozenset(
    {
        "abatement",
        "allowed",
        "asNeeded",
        "born",
        "bounds",
        "collected",
        "deceased",
        "defaultValue",
        "doseNumber",
        "effective",
        "fastingStatus",
        "fixed",
        "identified",
        "legallyBinding",
        "maxValue",
        "medication",
        "minValue",
        "multipleBirth",
        "occurred",
        "occurrence",
        "onset",
        "performed",
        "probability",
        "reported",
        "scheduled",
        "seriesDoses",
        "serviced",
        "value",
    }
)
# Elements that are money or a quantity wherever R4 has them, or hold a plain `value` themselves.
AMOUNTS = frozenset(
    {
        "amount",
        "cost",
        "net",
        "paymentAmount",
        "priceOverride",
        "quantity",
        "total",
        "totalGross",
        "totalNet",
        "unitPrice",
    }
)
# Where `value` is a plain element: within these types, and within the elements of these types.
PLAIN_VALUE_WITHIN = (
    QUANTITIES
    | AMOUNTS
    | {"Identifier", "ContactPoint"}
    | {"identifier", "telecom", "low", "high", "numerator", "denominator", "origin"}
)


def suffixed(name: str, kind: str) -> str:
    """Give the JSON name of a choice in one of its types: `value` and `Quantity` as one."""
    return f"{name}{kind[0].upper()}{kind[1:]}"


SUFFIXES = frozenset(suffixed("", kind) for kind in PRIMITIVES | GENERAL)
