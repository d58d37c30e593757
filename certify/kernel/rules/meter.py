"""What a tree of regions or a refutation may cost: charged before it is spent.

Work is counted in multiply-adds of machine words, with more for longer numbers. A point of the
budget pays for PER_POINT of them: about what evaluating a network of a million weights takes.
Memory is counted in words that are held at once.
"""

from __future__ import annotations

from ..data.account import WORD, words
from ..verdict import Budget, Decline

LONG = 4  # Python's integers cost as much as so many times their words, squared
PER_POINT = 1 << 20  # multiply-adds
PER_WORD = 32  # bytes of the budget for a word: Python's integers are objects


class Meter:
    """Nodes, work and memory that are left of a budget. Raises Decline where one runs out."""

    def __init__(self, budget: Budget) -> None:
        self.points, self.nodes = budget.points, budget.points
        self.limit = self.work = budget.points * PER_POINT
        self.memory = self.room = budget.bytes // PER_WORD

    def node(self) -> None:
        """Charge a node of the tree."""
        self.nodes -= 1
        if self.nodes < 0:
            raise Decline("points", f"more than {self.points}")

    def charge(self, count: int, bits: int = 0) -> None:
        """Charge multiply-adds of numbers of so many bits."""
        self.work -= count if bits <= WORD else count * (LONG * words(bits)) ** 2
        if self.work < 0:
            raise Decline("work", f"more than {self.limit} multiply-adds of")

    def hold(self, count: int) -> None:
        """Take words of memory; a negative count gives them back."""
        self.room -= count
        if self.room < 0:
            raise Decline("memory", f"more than {self.memory} words of")
