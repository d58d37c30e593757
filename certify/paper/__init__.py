"""The paper's algorithms: Lemma 1 as a reduction, parities from queries, statistical queries.

Source: Burstein and Wilmes, Obstacles to Depth Compression of Neural Networks.
"""

from __future__ import annotations

from .compression_reduction import Reduction
from .finite import Finite

__all__ = ["Finite", "Reduction"]
