"""The search for trees of regions."""
