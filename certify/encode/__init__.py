"""Claims as text and terms for other programs: SMT-LIB 2, z3, VNN-LIB, Alethe."""
