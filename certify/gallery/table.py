"""models/README.md: the table of all claims, made from what the kernel says about each.

Check times differ from run to run, so this is a step of its own, and they stand in the last
column: :func:`steady` is the text without them, which is the same on every run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from ..api import verify
from ..claims.toml import ClaimsFile
from . import PLACES
from .writing import cell, parts

INTRODUCTION = """# The claims, place by place

The source is *Obstacles to Depth Compression of Neural Networks* by Will Burstein and John
Wilmes. Each folder here holds networks, a `claims.toml` and a README that says what the paper
states, what was claimed of which network, and what came out; the certificates are in
[proofs](../proofs). `certify verify models` re-checks all of them with the kernel alone.

- *as written*: the sentence as the paper has it **holds** or **fails** on the networks at hand.
  Where it fails, there is a counterexample, or a certificate of the opposite.
- *repaired*: the sentence as corrected here, or a sharper one.
- Rows without either are false neighbours of a true claim (*neighbour*), facts about an instance
  that is not the paper's (*instance*), or claims about constructions that are not the paper's.

The *scope* of a statement is what its evidence is about: **every n** names theorems of
[proofs/theory](../proofs/theory), for all parameters; an **instance** is these networks on these
sets and laws; **this representation** is the
layers as they are written, so that, refuted, other networks for the same function are not
excluded; **cited** is not checked here at all. *What is certified* says what the claims of a row
are, by their kinds. This file is written by `python -m certify.gallery table`; everything in it
but the check times is the same on every run.
"""

TOTAL = "The kernel checks them all in "

# where a sentence stands -> (what it says, the repair or a remark), for the table at a glance
SENTENCES = {
    "Section 2, after Definition 1": (
        "one hidden layer of m neurons on n inputs, bounded entries: in NN_(O(mn),2)",
        "√(mn) is enough",
    ),
    "Section 2, ε-compression": (
        "lossless means E‖f − h‖² < ε with ε = 0",
        "≤, or = 0: a mean square is never negative",
    ),
    "Proposition 1": (
        "f ∈ NN_(Λ,d) is Λ^d-Lipschitz",
        "a claim here is a product of norms, by rule norms, which rests on it; tight on the tower",
    ),
    "Lemma 1, proof": ("z(x₀) = x₀ otherwise", "z(x₀) = x₀ − ηv otherwise"),
    "Lemma 1": (
        "g ∈ NN_(Δ,d); then D_TV(D̃, D) is bounded by 16ε/Δ²",
        "NN_(Λ,d); supports of up to 2²⁰⁰ points",
    ),
    "Lemma 1, its bound": ("D_TV(D̃, D) = 16ε/Δ²", "≤"),
    "Lemma 1, use in Theorem 1": (
        "a 1/16-compression tells h on 3/4 of the points",
        "on instances; with d layers instead of d − 1 it would not",
    ),
    "Lemma 2": (
        "every parity is in NN_(1,3), with O(n) gates",
        "NN_(Λ,3) for n ≤ (Λ² + 3)/4, or 0.63·Λ² when balanced, with ReLUs; never beyond Λ⁶, "
        "whatever the activations",
    ),
    "Lemma 3, premise": ("distinct parities are uncorrelated", ""),
    "Theorem 1, tower": ("x ↦ Λ^d·xₙ₊₁ is in NN_(Λ,d)", ""),
    "Theorem 1, separator": ("it is a 2-separator for η = Λ^−d", ""),
    "Theorem 1, part 1": (
        "it has a lossless compression in NN_(Λ,3) over every D_h",
        "with Lemma 2 as repaired, n = Ω(Λ²); at (Λ, d) = (3, 4), (5, 8), (9, 40), (15, 300)",
    ),
    "Theorem 1, part 2, hypotheses of Lemma 1": ("ηΛ^(d−1) ≤ Δ/4, and 16ε/Δ² ≤ 1/4", ""),
    "Theorem 2, proof": (
        "noise rate ε/2 gives an ε-approximation",
        "a rate below ε/4: a flipped label costs 4",
    ),
    "Theorem 3, proof": ("f ≡ (g, …, g) on all of space", ""),
    "Theorem 3, part 2": ("(g, …, g) ∈ NN_((d−3)Λ,3)", "√(d−3)·Λ is enough"),
    "Theorem 3, NN_TODO": (
        "f ∈ NN_(Λ,d), the class left open in the proof",
        "with the Λ of g, once the layers of each copy are rescaled",
    ),
    "Theorem 3, norms of f as it is drawn": (
        "(the paper does not say)",
        "the layers as drawn need more than the Λ of g; rescaled they do not (above)",
    ),
    "Definition 1, one σ per layer": ("f is such a network", "with ReLU-only delays"),
    "Theorem 3, slices": (
        "layers (i, i+3] of f^(i) are g, and the induced distribution is D",
        "with slices read as (i, j]; read as [i, j], a window of 3 has four layers, and holds too",
    ),
    "Definition 2, range of i": (
        "the window i = 0 is left out",
        "there f has a lossless network of two layers",
    ),
    "Theorem 3, every window": (
        "(the step of part 1 that is certified) every window of three layers holds a whole g",
        "with the copies i = 0 … d − 3",
    ),
    "Theorem 3, part 2 with d = 4 and the copy i = 0": (
        "(the paper has one copy there) the repair with two copies keeps part 2",
        "(g, g) is in the class of f",
    ),
    "Theorem 3, part 1": (
        "f is not (c,2,3)-locally compressible",
        "not certified for any g: it needs a g that no two layers approximate (Theorem 4, cited). "
        "For g = parity of 4 bits it is false: every window is two layers over D",
    ),
}

# where a sentence stands -> the theorems of proofs/theory that say it for all parameters
THEOREMS = {
    "Proposition 1": ("proposition_1",),
    "Lemma 1": ("lemma_1_repaired",),
    "Lemma 2": ("lemma_2_repaired", "exact_threshold"),
    "Theorem 1, tower": ("tower_member", "tower_value"),
    "Theorem 1, separator": ("tower_separates",),
    "Theorem 1, part 1": ("lossless_compression", "blind_parity_member"),
    "Theorem 3, proof": ("product_is_shallow",),
    "Theorem 3, slices": ("slice_is_g", "before_is_identity"),
}

# kind -> (what a claim of this kind says where it is proved, the scope of that)
KINDS = {
    "equals": ("two functions agree on a set", "instance"),
    "within": ("two functions are close on a set", "instance"),
    "separates": ("outputs at x ± ηv are Δ apart on a set", "instance"),
    "output": ("an output property on a set", "instance"),
    "member": ("this network has d layers of norm ≤ Λ", "this representation"),
    "lipschitz": ("this network has the Lipschitz constant L", "this representation"),
    "expectation": ("an average over a law", "instance"),
    "mse": ("a mean square over a law", "instance"),
    "compression": ("this network of norms ≤ Λ is within ε over a law", "instance"),
    "learner": ("hypotheses and conclusion of Lemma 1", "instance"),
    "excludes": ("no network of d layers of norm ≤ Λ is this function on a set", "instance"),
}


@dataclass(frozen=True)
class Row:
    """A claim, where it stands, and what the kernel said."""

    place: str
    name: str
    kind: str
    where: str
    role: str
    sentence: str
    verdict: str
    rule: str
    bytes: int
    milliseconds: float

    @property
    def outcome(self) -> str:
        """``holds`` or ``fails`` for the sentence, ``?`` where nothing is known."""
        if self.verdict not in ("proved", "refuted"):
            return "?"
        return "holds" if (self.verdict == "proved") != (self.role == "negated") else "**fails**"

    @property
    def columns(self) -> tuple[str, str]:
        """(as written, repaired)."""
        if self.role in ("as written", "negated"):
            return self.outcome, ""
        return ("", self.outcome) if self.role in ("repaired", "sharper") else ("", "")


def rows(models: Path) -> Iterator[Row]:
    """Every claim, checked, in the order of PLACES and of its file."""
    found = {path.parent.name: path for path in sorted(models.glob("*/claims.toml"))}
    for place in [*PLACES, *(name for name in found if name not in PLACES)]:
        if place not in found:
            continue
        sources = ClaimsFile(found[place]).tables
        for checked in verify([found[place]]):
            result = checked.verdict
            if result.name not in sources:
                continue
            table = sources[result.name]
            where, role, sentence = parts(table.get("source", ""))
            took = 1000 * result.check_seconds
            yield Row(
                place, result.name, table["kind"], where, role, sentence, result.verdict,
                result.rule, result.bytes, took,
            )  # fmt: skip


def render(claims: Sequence[Row], models: Path) -> str:
    """The whole file."""
    lines = [INTRODUCTION, "## At a glance", ""]
    lines += ["| place | the paper says | as written | repaired | scope | what is certified | |"]
    lines += ["|---|---|---|---|---|---|---|"]
    statements = list(glance(claims, models))
    lines += statements
    size, took = sum(row.bytes for row in claims), sum(row.milliseconds for row in claims)
    counted = f"{len(statements)} statements, {len(claims)} claims about them and their neighbours"
    lines += ["", f"{counted}, {size:,} bytes of certificates.", ""]
    lines += [f"{TOTAL}{took / 1000:.1f} s."]
    for place, group in groupby(claims, lambda row: row.place):
        lines += ["", f"## [{place}]({place})", ""]
        lines += [
            "| claim | sentence in short | as written | repaired | verdict | rule | bytes | ms |",
            "|---|---|---|---|---|---|--:|--:|",
        ]
        lines += map(line, group)
    return "\n".join(lines) + "\n"


def line(row: Row) -> str:
    """One row of the long tables."""
    label = f"*{row.role}*: " if row.role in ("neighbour", "instance") else ""
    where = f"{cell(row.where)}: " if row.where else ""
    written, repaired = row.columns
    return (
        f"| `{row.name}` | {where}{label}{cell(row.sentence)} | {written} | {repaired} "
        f"| {row.verdict} | {row.rule} | {row.bytes:,} | {row.milliseconds:.1f} |"
    )


def glance(claims: Sequence[Row], models: Path) -> Iterator[str]:
    """One row for each sentence of the paper."""
    for place in PLACES:
        own = [row for row in claims if row.place == place]
        if not own:
            title = (models / place / "README.md").read_text(encoding="utf-8").partition("\n")[0]
            cited = (f"[{place}]({place})", cell(title.lstrip("# ")), "", "", "cited", "", "")
            yield f"| {' | '.join(cited)} |"
        for where in dict.fromkeys(row.where for row in own if row.where in SENTENCES):
            group = [row for row in own if row.where == where and row.role != "neighbour"]
            written, repaired = (summary(row.columns[k] for row in group) for k in (0, 1))
            says, remark = SENTENCES[where]
            cells = (
                f"[{place}]({place})", f"{cell(where)}: {cell(says)}", written, repaired,
                scope(group), certified(group), cell(remark),
            )  # fmt: skip
            yield f"| {' | '.join(cells)} |"


def summary(outcomes: Iterable[str]) -> str:
    """Whether the sentence holds in all of its claims, or how often it does."""
    found = [outcome for outcome in outcomes if outcome]
    words = list(dict.fromkeys(found))
    return ", ".join(w if len(words) == 1 else f"{w} ({found.count(w)})" for w in words)


def scope(group: Sequence[Row]) -> str:
    """What the claims of a statement are about."""
    found = sorted({KINDS[row.kind][1] for row in group})
    theorems = [f"`{name}`" for row in group[:1] for name in THEOREMS.get(row.where, ())]
    return ", ".join([f"every n ({', '.join(theorems)})"] * bool(theorems) + found)


def certified(group: Sequence[Row]) -> str:
    """What the claims of a statement say, by kind and verdict, and where they stand."""
    found = []
    for kind, verdict in dict.fromkeys((row.kind, row.verdict) for row in group):
        names = [row.name for row in group if (row.kind, row.verdict) == (kind, verdict)]
        text = KINDS[kind][0] if verdict == "proved" else f"*{verdict}*: {KINDS[kind][0]}"
        first = f"`{names[0]}`" + (f" … `{names[-1]}`, {len(names)}" if names[1:] else "")
        found.append(f"{text} ({first})")
    return "; ".join(found)


def steady(text: str) -> str:
    """The file without its check times."""
    times = rf"\| [0-9.]+ \|$|(?<=^{TOTAL})[0-9.]+ s\.$"
    return re.sub(times, "", text, flags=re.MULTILINE)


def write(models: Path) -> None:
    """Check everything and write models/README.md."""
    (models / "README.md").write_text(render(list(rows(models)), models), encoding="utf-8")
