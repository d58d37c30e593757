"""The paper's algorithms: Lemma 1 as a reduction, windows, parities, statistical queries.

Source: Burstein and Wilmes, Obstacles to Depth Compression of Neural Networks.
"""

from __future__ import annotations

from .compression_reduction import Reduction
from .finite import Finite
from .goldreich_levin import Candidate, Recovered, Signs, parities, recover
from .local_compression import Window, windows

__all__ = [
    "Candidate",
    "Finite",
    "Recovered",
    "Reduction",
    "Signs",
    "Window",
    "parities",
    "recover",
    "windows",
]
