"""One interlock per file: what forbids a plan, whoever signed it."""
