"""Rule regions: a tree of splits, each leaf closed by a bound or an identity."""
