"""What a claim says: kinds, functions, sets, distributions, formulas."""
