"""The README of models/theorem-3."""

README = """
**The paper**: for any Λ, d > 3 there are f ∈ NN_{Λ,d} and an input distribution such that f "is
not (c, 2, 3)-locally compressible", "but there exists a (lossless) (0, NN_{Λ(d−3),3})-compression
of f".

**The construction.** g is a map in NN_{Λ,3} that no two-layer network of moderate norms comes
close to (Theorem 4). f^(i) delays its input for i layers, then is g, then delays for d − i − 3
layers; f = f^(1) × … × f^(d−3), on concatenated inputs. Three gadgets stand for g here: *random*
(rational weights, n = 3, d = 6), *parity* (of n = 4 bits, d = 7) and *radial* (a profile of an
approximate squared norm on ℝ², d = 6). Equalities below hold on all of
ℝ^(n(d−3)), hence for every distribution. **None of the three is known to be hard for two layers**:
that no two-layer network comes close to g is cited for another g ([theorem-4](../theorem-4)). So
part 1 is not certified here; what is certified of it is that every window holds a whole g.

## f ≡ (g, …, g): holds

Proved by rewriting both sides to one normal form (rule `normal-form`), with identity delays as in
the paper (`…-deep-equals`) and with ReLU-only delays x = relu(x) − relu(−x)
(`…-deep-relu-equals`). One bias moved by 2⁻²⁰ is refuted by an exact input (`…-moved`).

## Part 2: holds, and √(d−3)·Λ is enough

The layers of (g, …, g) have d − 3 diagonal blocks, so the squared norms are d − 3 times those of
g. (d−3)Λ is true (`…-shallow-norms`), √(d−3)·Λ is what is needed (`…-shallow-root`), and 2⁻²⁰
below that square is refuted (`…-shallow-under`).

## "NN_TODO", and "for any Λ, d": f is in NN_{Λ,d} with g's own Λ

The class of f is left open in the proof, and the theorem says NN_{Λ,d}. As f is drawn, layer 1
carries the identity on all (d−3)·n coordinates, with norm √((d−3)n), and the layers after it add up
the delays and the layers of several copies. These are the exact squared norms (`…-norms` proved,
`…-under` refuted):

{norms}

They are norms of this representation, and of nothing else. Scaling the layers of each copy, and for
*parity* delaying the one neuron that its first layer makes instead of the input, gives the same f
on all of space (`…-own-equals`) within NN_{Λ,d} for the Λ of g (`…-own-norms`), with identity
delays and with ReLU-only ones. So NN_TODO can be NN_{Λ,d}.

**Two smaller points.** The product maps to ℝ^(d−3), not to ℝ as written. And Definition 1 has one
σ per layer, while a layer of f mixes identities (delays) with the ReLUs of g: `…-deep-uniform` is
refuted by the first mixed layer. With ReLU-only delays every layer is uniform
(`…-deep-relu-uniform`).

## Slices, and the induced distribution is D: holds in both readings

The paper defines f^(i:j) = g_j ∘ … ∘ g_i, closed on both sides, and uses f^[i:i+t].

- *Half open*, (i, j] for layers i+1 … j: the map before the slice is (0, i]. Layers (i, i+3] of
  f^(i) are g (`…-copy-i-slice`), the layers before are the identity (`…-copy-i-before`), hence the
  induced distribution is D; with D uniform on {−1, 1}⁴ the slice is g over it
  (`…-copy-i-induced`). In the product, component i of layers (i, i+3] is g (`…-deep-slice-i`).
  Then i = 0 is a window that Definition 2 leaves out.
- *Closed*, as it is printed: [i, i+3] has four layers, a delay and then g, so it is g too; i = 1 …
  d−3 are all windows of four layers and none is left out. Then the induced distribution has to be
  that of f^[1:i−1], where f^[1:i] is printed, and "3" counts four layers. Both sentences of the
  proof are true: by the claims of the half-open reading, whose layers these are.

## The window that Definition 2 leaves out

In the half-open reading Definition 2 lets i start at 1. For i = 0, layers 1 … 3 of f, there *is* a
lossless network of two layers: f^(1) contributes g₂∘g₁ there, f^(2) contributes g₁, the others
identities
(`…-window-equals` on all of space, `…-window-norms` for its class). If "some consecutive layers"
is what is meant, Theorem 3 fails in this reading.

**Repaired**: take the copies i = 0 … d − 3, which is d − 2 of them. Then every window of three
layers holds a whole g in one component (`…-every-i`). The price is one copy more in part 2; at d =
4, where the paper has one copy, f ≡ (g, g) on all of space, and (g, g), its layers rescaled, is in
NN_{Λ,3} with the Λ of f (`random-two-equals`, `random-two-norms`).

## Part 1, "f is not (c, 2, 3)-locally compressible": not certified, and false for *parity*

A window that holds g is as hard for two layers as g is. Parity of 4 bits is not hard: it is a
network of two layers on the cube. With D uniform on {−1, 1}⁴ in each copy, every window of three
layers of *parity*'s f is a network of two layers over the distribution induced there, losslessly
(`parity-window-i-lossless` over all 2¹⁶ points, and `parity-deep-window-equals` for i = 0). The
theorem needs a g that two layers do not approximate.

## Claims

{claims}
"""
