"""torch modules in, and networks as torch modules."""
