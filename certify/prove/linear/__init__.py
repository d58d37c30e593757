"""Linear programmes: exact simplex, HiGHS, Farkas multipliers."""
