"""A hospital's FHIR server asked for everything it has, or what is new (FHIR Bulk Data)."""
