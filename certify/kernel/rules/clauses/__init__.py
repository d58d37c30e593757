"""Rule clauses: a refutation of the encoding of the negated claim."""
