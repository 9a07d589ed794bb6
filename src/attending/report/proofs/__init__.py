"""One proof per file: a query over facts that shows whether a rule is met."""
