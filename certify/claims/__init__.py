"""Readers of claims: TOML files and VNN-LIB properties."""

from __future__ import annotations
