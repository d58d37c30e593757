"""What making numbers may cost: charged before they are made, to one account.

A small file can declare numbers and tables that are far larger than itself: a power, a matrix
without entries, a common denominator. Whatever makes them says here how many and how long, and
is declined where the account does not cover it. Costs are counted, not measured: the same file
costs the same everywhere. The unit is a multiply-add of machine words.

An account is open while a file is read or a certificate is checked. Where none is, each charge
by itself must stay within LIMIT.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ..verdict import Decline

WORD = 60  # bits
LIMIT = 1 << 28  # units: seconds of long division, or some hundred megabytes of tables
PER_BIT = LIMIT >> 22  # units for each bit of a budget's longest number
CELL = 256  # units: a Fraction, or an entry of a table that a file declares
SHORT = 2200  # bits; evaluating with shorter numbers is paid in points. A double has 2,098


class _Account:
    """What is left of an account, in units."""

    def __init__(self, limit: int) -> None:
        self.left = limit


_open: ContextVar[_Account | None] = ContextVar("account", default=None)


def words(bits: int) -> int:
    """How many words a number of so many bits takes."""
    return 1 + bits // WORD


def cost(count: int, bits: int) -> int:
    """Units for so many numbers of so many bits: to divide or reduce them takes a square."""
    return count * words(bits) ** 2


def charge(units: int) -> None:
    """Take units from the account. Raises Decline where they are not there."""
    afford(units)
    if (held := _open.get()) is not None:
        held.left -= units


def afford(units: int) -> None:
    """Raises Decline where the account does not cover so many units; takes none."""
    held = _open.get()
    if units > (LIMIT if held is None else held.left):
        raise Decline("bits", "numbers or tables of too many")


@contextmanager
def account(bits: int = 1 << 22, *, own: bool = False) -> Iterator[None]:
    """Open an account of PER_BIT units a bit, unless one is open already.

    With ``own`` it is another one, for work that may be left undone.
    """
    if _open.get() is not None and not own:
        yield
        return
    token = _open.set(_Account(bits * PER_BIT))
    try:
        yield
    finally:
        _open.reset(token)
