"""models/definition-1: the classes NN_{Λ,d}, and what a compression is (Section 2)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from ..kernel.data.network import Network
from ..networks.builder import Sequential, linear, relu, rescale
from ..networks.gadgets.parity import parity
from .writing import Place

N = 16  # inputs, and neurons of the hidden layer
EXAMPLE = "Section 2, after Definition 1"
STRICT = "Section 2, ε-compression"

README = """
**The paper** (Definition 1): NN_{Λ,d} holds the networks of d layers σ(Wx + b), σ 1-Lipschitz and
applied per component, "with each weight matrix W having Frobenius norm bounded by Λ".

A claim of kind `member` speaks of the representation at hand: this network has exactly d layers
and every ‖W‖_F ≤ Λ. Proved, it shows that the function is in NN_{Λ,d}. Refuted, it says nothing
about other networks for the same function.

## One hidden layer

**The paper**: a network with one hidden layer of m neurons and bounded entries "would belong to
NN_{O(mn),2}". Here n = m = 16 and every weight is ±1 (a Hadamard matrix, then a row of
alternating signs).

- `example-mn`: Λ = mn = 256 holds.
- `example-root`: the matrix has mn entries of size at most 1, so ‖W‖_F ≤ √(mn) already: Λ = 16
  holds, and for weights ±1 it is exact (`example-under-root` asks for 15 and is refuted by layer
  1, whose squared norm is 256).
- `rescaled-equals` and `rescaled-norms` show why refuting *this representation* says nothing
  about the function. Halving the first layer and doubling the second leaves the function on all
  of ℝ¹⁶ as it is, because relu(x/2) = relu(x)/2, and both norms become 8.

## "<" in the definition of a compression

**The paper**: an (ε, H)-compression of f has "E‖f(x) − h(x)‖² < ε", and Theorems 1 and 3 speak of
lossless, (0, H)-compressions.

A mean square is never negative, so with ε = 0 and "<" there is no compression at all, not even of
a network by itself (`strict-parity`, `strict-itself`): the certificate consists of that remark,
the rule `squares`, and reads neither function. **Repaired**: "≤", or "= 0" where lossless is
meant (`lossless-parity`, `at-most-parity`, `lossless-itself`). Every other folder uses "= 0".

## Claims

{claims}
"""


def write(folder: Path) -> None:
    """Write the folder."""
    place = Place("Definition 1: the classes NN_{Λ,d}")
    example = place.network("signs", signs())
    half = place.network("signs-rescaled", rescale(signs(), 1, "1/2"))
    three = place.network("parity-3", parity(3))
    cube = {"cube": 3}

    def member(name: str, network: str, bound: object, says: str, expect: str = "proved") -> None:
        keys = {"network": network, "lambda": bound, "depth": 2}
        place.claim(name, "member", f"{EXAMPLE} {says}", expect, **keys)

    member("example-mn", example, 256, "(as written): 16 neurons on 16 inputs, Λ = mn")
    member("example-root", example, 16, "(sharper): Λ = √(mn) is enough")
    member(
        "example-under-root",
        example,
        15,
        "(neighbour): these weights of ±1 have Λ = 15",
        "refuted",
    )
    place.claim(
        "rescaled-equals",
        "equals",
        f"{EXAMPLE} (sharper): layers scaled by 1/2 and 2 compute the same function",
        left=example,
        right=half,
        on={"space": N},
    )
    member("rescaled-norms", half, 8, "(sharper): the rescaled layers have Λ = 8")
    under = Fraction(7999, 1000)
    member("rescaled-under", half, under, "(neighbour): the rescaled layers, Λ = 7.999", "refuted")

    for relation, epsilon, name, role, expect in (
        ("<", 0, "strict", "as written", "refuted"),
        ("=", 0, "lossless", "repaired", "proved"),
        ("<=", 0, "at-most", "repaired", "proved"),
    ):
        place.claim(
            f"{name}-parity",
            "compression",
            f"{STRICT} ({role}): parity of 3 bits by its network, E‖f − h‖² {relation} {epsilon}",
            expect,
            left={"parity": [0, 1, 2]},
            right=three,
            over={"uniform": cube},
            lambda_=3,
            depth=3,
            relation=relation,
            epsilon=epsilon,
        )
    for relation, name, role, expect in (
        ("<", "strict-itself", "as written", "refuted"),
        ("=", "lossless-itself", "repaired", "proved"),
    ):
        place.claim(
            name,
            "compression",
            f"{STRICT} ({role}): a network by itself, E‖f − f‖² {relation} 0",
            expect,
            left=three,
            right=three,
            over={"uniform": cube},
            lambda_=3,
            depth=3,
            relation=relation,
            epsilon=0,
        )
    place.write(folder, README)


def signs() -> Network:
    """16 ReLUs with the rows of a Hadamard matrix, then a row of alternating signs."""
    hadamard = [[(-1) ** (i & j).bit_count() for j in range(N)] for i in range(N)]
    return Sequential(relu(hadamard), linear([[(-1) ** i for i in range(N)]]))
