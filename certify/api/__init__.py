"""The Python interface: prove claims, check certificates, verify folders of them.

Claims are built by the functions of :mod:`certify.claims.build`, or read from files.
"""

from __future__ import annotations

from .checking import check
from .encoding import FILES, encode, encode_files
from .estimating import estimable, estimate, exact_ways, plottable
from .proving import certificate_of, prove, ready
from .storing import unwritable
from .verdict import Verdict, named
from .verifying import Checked, verify

__all__ = [
    "FILES",
    "Checked",
    "Verdict",
    "certificate_of",
    "check",
    "encode",
    "encode_files",
    "estimable",
    "estimate",
    "exact_ways",
    "named",
    "plottable",
    "prove",
    "ready",
    "unwritable",
    "verify",
]
