"""What claims are made of: rationals, sparse rows, networks, batches; strict JSON."""
