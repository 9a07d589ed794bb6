"""What is done about a whole health system: tools, proposals, people, evidence."""
