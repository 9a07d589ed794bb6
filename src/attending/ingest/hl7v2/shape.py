"""The shape of what is made: FHIR R4 elements, which of them are lists, and their types.

Only what the mapping tables for admissions and results reach is here; an element that is
not here is not written, and the coverage page lists the row. A star marks a list, an
exclamation mark what a resource may not be without. Source: HL7 FHIR R4 (4.0.1),
https://hl7.org/fhir/R4/resourcelist.html.
"""

from __future__ import annotations

from typing import NamedTuple

PRIMITIVES = """
boolean code date dateTime decimal id instant integer positiveInt string time unsignedInt uri url
"""

ELEMENTS = """
Patient: identifier*:Identifier name*:HumanName telecom*:ContactPoint gender:code birthDate:date
  deceasedBoolean:boolean deceasedDateTime:dateTime address*:Address maritalStatus:CodeableConcept
  multipleBirthBoolean:boolean multipleBirthInteger:integer contact*:Patient.contact
  communication*:Patient.communication generalPractitioner*:Reference
  managingOrganization:Reference
Patient.contact: relationship*:CodeableConcept name:HumanName telecom*:ContactPoint address:Address
  gender:code organization:Reference period:Period
Patient.communication: language:CodeableConcept preferred:boolean
Encounter: identifier*:Identifier status!:code class!:Coding type*:CodeableConcept
  serviceType:CodeableConcept priority:CodeableConcept subject:Reference episodeOfCare*:Reference
  participant*:Encounter.participant appointment*:Reference period:Period length:Duration
  reasonCode*:CodeableConcept diagnosis*:Encounter.diagnosis
  hospitalization:Encounter.hospitalization location*:Encounter.location serviceProvider:Reference
Encounter.participant: type*:CodeableConcept period:Period individual:Reference
Encounter.diagnosis: condition:Reference use:CodeableConcept rank:positiveInt
Encounter.hospitalization: preAdmissionIdentifier:Identifier origin:Reference
  admitSource:CodeableConcept reAdmission:CodeableConcept dietPreference*:CodeableConcept
  specialCourtesy*:CodeableConcept specialArrangement*:CodeableConcept destination:Reference
  dischargeDisposition:CodeableConcept
Encounter.location: location:Reference status:code physicalType:CodeableConcept period:Period
Observation: identifier*:Identifier status!:code category*:CodeableConcept code!:CodeableConcept
  subject:Reference focus*:Reference encounter:Reference effectiveDateTime:dateTime
  effectivePeriod:Period issued:instant performer*:Reference valueQuantity:Quantity
  valueCodeableConcept:CodeableConcept valueString:string valueBoolean:boolean
  valueInteger:integer valueRange:Range valueRatio:Ratio valueTime:time valueDateTime:dateTime
  valuePeriod:Period dataAbsentReason:CodeableConcept interpretation*:CodeableConcept
  note*:Annotation bodySite:CodeableConcept method:CodeableConcept specimen:Reference
  device:Reference referenceRange*:Observation.referenceRange
  component*:Observation.component basedOn*:Reference partOf*:Reference
Observation.referenceRange: low:Quantity high:Quantity type:CodeableConcept text:string age:Range
Observation.component: code:CodeableConcept valueQuantity:Quantity
  valueCodeableConcept:CodeableConcept valueString:string valueRange:Range valueRatio:Ratio
  valueTime:time valueDateTime:dateTime valuePeriod:Period dataAbsentReason:CodeableConcept
  interpretation*:CodeableConcept referenceRange*:Observation.referenceRange
DiagnosticReport: identifier*:Identifier basedOn*:Reference status!:code category*:CodeableConcept
  code!:CodeableConcept subject:Reference encounter:Reference effectiveDateTime:dateTime
  effectivePeriod:Period issued:instant performer*:Reference resultsInterpreter*:Reference
  specimen*:Reference result*:Reference conclusion:string conclusionCode*:CodeableConcept
Condition: identifier*:Identifier clinicalStatus:CodeableConcept verificationStatus:CodeableConcept
  category*:CodeableConcept severity:CodeableConcept code:CodeableConcept
  bodySite*:CodeableConcept subject!:Reference encounter:Reference onsetDateTime:dateTime
  onsetPeriod:Period recordedDate:dateTime recorder:Reference asserter:Reference note*:Annotation
AllergyIntolerance: identifier*:Identifier clinicalStatus:CodeableConcept
  verificationStatus:CodeableConcept type:code category*:code criticality:code
  code:CodeableConcept patient!:Reference encounter:Reference onsetDateTime:dateTime
  recordedDate:dateTime recorder:Reference asserter:Reference
  reaction*:AllergyIntolerance.reaction note*:Annotation
AllergyIntolerance.reaction: substance:CodeableConcept manifestation*:CodeableConcept
  description:string onset:dateTime severity:code
Procedure: identifier*:Identifier status!:code category:CodeableConcept code:CodeableConcept
  subject!:Reference encounter:Reference performedDateTime:dateTime performedPeriod:Period
  recorder:Reference asserter:Reference performer*:Procedure.performer location:Reference
  reasonCode*:CodeableConcept bodySite*:CodeableConcept note*:Annotation
Procedure.performer: function:CodeableConcept actor:Reference onBehalfOf:Reference
Specimen: identifier*:Identifier accessionIdentifier:Identifier status:code type:CodeableConcept
  subject:Reference receivedTime:dateTime parent*:Reference collection:Specimen.collection
  condition*:CodeableConcept note*:Annotation
Specimen.collection: collector:Reference collectedDateTime:dateTime collectedPeriod:Period
  quantity:Quantity method:CodeableConcept bodySite:CodeableConcept
RelatedPerson: identifier*:Identifier active:boolean patient!:Reference
  relationship*:CodeableConcept name*:HumanName telecom*:ContactPoint gender:code birthDate:date
  address*:Address period:Period communication*:Patient.communication
Practitioner: identifier*:Identifier active:boolean name*:HumanName telecom*:ContactPoint
  address*:Address gender:code birthDate:date qualification*:Practitioner.qualification
Practitioner.qualification: identifier*:Identifier code:CodeableConcept period:Period
PractitionerRole: identifier*:Identifier active:boolean period:Period practitioner:Reference
  organization:Reference code*:CodeableConcept specialty*:CodeableConcept location*:Reference
  telecom*:ContactPoint
Organization: identifier*:Identifier active:boolean type*:CodeableConcept name:string alias*:string
  telecom*:ContactPoint address*:Address
Location: identifier*:Identifier status:code operationalStatus:Coding name:string
  description:string mode:code type*:CodeableConcept telecom*:ContactPoint address:Address
  physicalType:CodeableConcept managingOrganization:Reference partOf:Reference
Identifier: use:code type:CodeableConcept system:uri value:string period:Period assigner:Reference
HumanName: use:code text:string family:string given*:string prefix*:string suffix*:string
  period:Period
Address: use:code type:code text:string line*:string city:string district:string state:string
  postalCode:string country:string period:Period
ContactPoint: system:code value:string use:code rank:positiveInt period:Period
CodeableConcept: coding*:Coding text:string
Coding: system:uri version:string code:code display:string
Quantity: value:decimal comparator:code unit:string system:uri code:code
Duration: value:decimal comparator:code unit:string system:uri code:code
Range: low:Quantity high:Quantity
Ratio: numerator:Quantity denominator:Quantity
Period: start:dateTime end:dateTime
Annotation: authorReference:Reference authorString:string time:dateTime text:string
Reference: reference:string display:string
Element:
Extension: url:uri valueString:string valueCode:code valueDateTime:dateTime valueBoolean:boolean
  valueInteger:integer valueDecimal:decimal valueUri:uri valueIdentifier:Identifier
  valueCodeableConcept:CodeableConcept valueCoding:Coding valueQuantity:Quantity
  valueReference:Reference valuePeriod:Period valueAddress:Address
"""


class Element(NamedTuple):
    """One element of a type."""

    kind: str
    is_list: bool
    is_required: bool


def _read(text: str) -> dict[str, dict[str, Element]]:
    shapes: dict[str, dict[str, Element]] = {}
    for word in text.replace(":\n", ": \n").split():
        if word.endswith(":"):
            shapes[word[:-1]] = {"extension": Element("Extension", is_list=True, is_required=False)}
            continue
        name, kind = word.split(":")
        plain = name.rstrip("*!")
        shapes[list(shapes)[-1]][plain] = Element(kind, "*" in name, "!" in name)
    return shapes


SHAPES = _read(ELEMENTS)
PRIMITIVE = frozenset(PRIMITIVES.split())
# What is carried; messages speak of other resources too, and those are counted.
RESOURCES = frozenset(name for name in SHAPES if "identifier" in SHAPES[name] and "." not in name)
