"""Estimates: an interval with a confidence, reproducible to the bit, never a proof."""
