"""The search for refutations by clauses."""
