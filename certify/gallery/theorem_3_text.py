"""The README of models/theorem-3."""

README = """
**The paper**: for any Λ, d > 3 there are f ∈ NN_{Λ,d} and an input distribution such that f "is
not (c, 2, 3)-locally compressible", "but there exists a (lossless) (0, NN_{Λ(d−3),3})-compression
of f".

**The construction.** g is a map in NN_{Λ,3} that no two-layer network of moderate norms comes
close to (Theorem 4). f^(i) delays its input for i layers, then is g, then delays for d − i − 3
layers; f = f^(1) × … × f^(d−3), on concatenated inputs. Three gadgets stand for g here: *random*
(rational weights, n = 3, d = 6), *parity* (of n = 4 bits, d = 7) and *radial* (a profile of an
approximate squared norm on ℝ², d = 6). Everything below holds on all of ℝ^(n(d−3)), hence for
every distribution. That no two-layer network comes close to g is cited:
[theorem-4](../theorem-4).

## f ≡ (g, …, g): holds

Proved by rewriting both sides to one normal form (rule `normal-form`), with identity delays as in
the paper (`…-deep-equals`) and with ReLU-only delays x = relu(x) − relu(−x)
(`…-deep-relu-equals`). One bias moved by 2⁻²⁰ is refuted by an exact input (`…-moved`).

## Part 2: holds, and √(d−3)·Λ is enough

The layers of (g, …, g) have d − 3 diagonal blocks, so the squared norms are d − 3 times those of
g. (d−3)Λ is true (`…-shallow-norms`), √(d−3)·Λ is what is needed (`…-shallow-root`), and 2⁻²⁰
below that square is refuted (`…-shallow-under`).

## "NN_TODO", and "for any Λ, d": f is not in NN_{Λ,d} with g's own Λ

The class of f is left open in the proof, and the theorem says NN_{Λ,d}. But layer 1 of f carries
the identity on all (d−3)·n coordinates, with norm √((d−3)n), and the layers after it add up the
delays and the layers of several copies. These are the exact squared norms; the root of the
largest is the missing TODO (`…-own` refuted for this representation, `…-norms` proved, `…-under`
refuted):

{norms}

For *parity* even layer 1 is too large: (d−3)n = 16 > 13 = Λ². A refuted `member` speaks of this
representation only; rescaling its layers gives the same function other norms.

**Two smaller points.** The product maps to ℝ^(d−3), not to ℝ as written. And Definition 1 has one
σ per layer, while a layer of f mixes identities (delays) with the ReLUs of g: `…-deep-uniform` is
refuted by the first mixed layer. With ReLU-only delays every layer is uniform
(`…-deep-relu-uniform`).

## Slices: (i, j], and the induced distribution is D

The paper defines f^(i:j) = g_j ∘ … ∘ g_i, closed on both sides, and uses f^[i:i+t], once as
layers i+1 … i+t, with the distribution "induced on the i-th layer" as that of f^[1:i](x). No
single reading gives both: the induced map needs layers 1 … i, the slice after it layers i+1 …
i+t. Here a slice is (i, j], layers i+1 … j, and the induced map is the slice (0, i].

So read, the proof's step holds: layers (i, i+3] of f^(i) are g (`…-copy-i-slice`), the layers
before are the identity (`…-copy-i-before`), hence the induced distribution is D; with D uniform
on {−1, 1}⁴ the slice is g over it (`…-copy-i-induced`). In the product, component i of layers (i,
i+3] is g (`…-deep-slice-i`).

## The window that Definition 2 leaves out

Definition 2 lets i start at 1. For i = 0, layers 1 … 3 of f, there *is* a lossless network of two
layers: f^(1) contributes g₂∘g₁ there, f^(2) contributes g₁, the others identities
(`…-window-equals` on all of space, `…-window-norms` for its class). If "some consecutive layers"
is what is meant, Theorem 3 fails as written.

**Repaired**: take the copies i = 0 … d − 3, which is d − 2 of them. Then every window of three
layers holds a whole g in one component (`…-every-i`). The price is part 2: with d = 4 there are
two copies, and (g, g) has norms √2·Λ, more than (d−3)Λ = Λ (`random-two-norms` proved,
`random-two-own` refuted). Say NN_{√(d−2)Λ,3} there.

## Claims

{claims}
"""
