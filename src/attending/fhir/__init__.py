"""Ground: what we need of FHIR."""
