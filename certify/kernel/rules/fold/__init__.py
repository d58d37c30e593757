"""Rule fold: finite product sets of any size, by states of a dynamic programme."""
