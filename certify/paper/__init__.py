"""The paper's algorithms: Lemma 1 as a reduction, windows, parities, statistical queries.

Source: Burstein and Wilmes, Obstacles to Depth Compression of Neural Networks.
"""

from __future__ import annotations

from .compression_reduction import Reduction
from .finite import Finite
from .goldreich_levin import Candidate, Recovered, Signs, parities, recover
from .local_compression import Window, windows
from .statistical_queries import Oracle, learn_parity

__all__ = [
    "Candidate",
    "Finite",
    "Oracle",
    "Recovered",
    "Reduction",
    "Signs",
    "Window",
    "learn_parity",
    "parities",
    "recover",
    "windows",
]
