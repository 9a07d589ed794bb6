"""HL7 v2 messages: read, and mapped to FHIR by HL7's own tables."""
