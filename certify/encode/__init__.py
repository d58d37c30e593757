"""Claims as text for other tools: SMT-LIB and VNN-LIB."""

from __future__ import annotations
