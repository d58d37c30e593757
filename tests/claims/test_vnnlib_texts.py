"""Random VNN-LIB texts, oddly written, mean what a second reader of ours says they mean."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise, product
from math import prod

import pytest
from vnnlib_second import Second, element

from certify.claims.vnnlib import Property, parse_property
from certify.errors import CertifyError
from certify.kernel.data.network import Network, affine_layer
from certify.kernel.language import formula
from certify.networks.reading import Reading

F = Fraction
QUIET = Reading(reals=True).quiet()
VALUES = [F(n, 4) for n in range(-8, 9)] + [F(1, 10), F(3, 10), F(-7, 5), F(125, 1000)]
COMMENTS = [
    "",
    " lower bound",
    ";;; (assert (<= X_0 -9))",
    ") ((",
    ' "X_0',
    " café 規格 |x",
    "\t[0,1]",
]


class Writer:
    """A random property as text: what it says is random, and how it is written."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.two = self.draw.random() < 0.5
        self.end = self.draw.choice(["\n", "\n", "\r\n"])
        self.noise = self.draw.choice([0.0, 0.02, 0.3])  # how often a comment or odd blank stands
        self.sizes: list[tuple[int, int]] = []
        self.inputs: list[str] = []
        self.outputs: list[str] = []

    # --------------------------------------------------------------- writing

    def blank(self, needed: bool = False) -> str:
        """White space, comments: nothing where nothing is needed, or anything."""
        draw = self.draw
        if draw.random() >= self.noise:
            return " " if needed or draw.random() < 0.5 else ""
        pieces = []
        for _ in range(draw.randint(1, 3)):
            if draw.random() < 0.3:
                pieces.append(f";{draw.choice(COMMENTS)}{self.end}")
            else:
                pieces.append(draw.choice([" ", "  ", "\t", self.end, f" {self.end}\t"]))
        return "".join(pieces)

    def group(self, *parts: str) -> str:
        """( … ), with a blank between two words and anywhere else as it comes."""
        text = "(" + self.blank() + parts[0]
        for last, part in pairwise(parts):
            needed = last[-1] not in ")]" and part[0] not in "(["
            text += self.blank(needed or self.draw.random() < 0.9) + part
        return text + self.blank() + ")"

    def number(self, value: Fraction) -> str:
        """A decimal of this value, in one of the ways to write it."""
        draw = self.draw
        if value < 0 and draw.random() < 0.3:
            return self.group("-", self.number(-value))
        if draw.random() < 0.05:
            return self.group("/", self.number(value * 4), draw.choice(["4", "4.0", "40e-1"]))
        power = draw.choice([0, 0, 0, 0, 1, 3, -2])
        shifted = abs(value) / F(10) ** power
        places = 0
        while (shifted * 10**places).denominator != 1:
            places += 1
        digits = str(shifted * 10**places).rjust(places + 1, "0")
        whole, part = (digits[:-places], digits[-places:]) if places else (digits, "")
        if draw.random() < 0.3:
            part += "0" * draw.randint(1, 3)
        text = f"{whole}.{part}" if part else whole
        if not self.two and draw.random() < 0.2:  # version 2.0 has none of these
            text = f"{whole}." if not part else f".{part}" if whole == "0" else f"+{text}"
        if value < 0:
            text = f"-{text.removeprefix('+')}"
        if power or draw.random() < 0.1:
            sign = "-" if power < 0 else draw.choice(["", "+"])
            text += draw.choice("eE") + sign + str(abs(power)).rjust(draw.randint(1, 2), "0")
        return text

    def name(self, name: str) -> str:
        """A variable; a tensor's indices with blanks between them."""
        if "[" not in name or self.draw.random() < 0.8:
            return name
        head, inside = name[:-1].split("[")
        gap = self.draw.choice(["", " "])
        return f"{head}{gap}[{' ' * self.draw.randint(0, 1)}{inside.replace(',', ' , ')}]"

    # ------------------------------------------------------------ expressions

    def term(self, names: list[str], depth: int) -> str:
        draw = self.draw
        kind = draw.randint(0, 8) if depth else draw.randint(0, 2)
        if kind == 0:
            return self.number(draw.choice(VALUES))
        if kind <= 2:
            return self.name(draw.choice(names))
        if kind == 3:
            return self.group("-", self.term(names, depth - 1))
        if kind == 4:
            factors = [self.number(draw.choice(VALUES)) for _ in range(draw.randint(0, 2))]
            factors.insert(draw.randint(0, len(factors)), self.term(names, depth - 1))
            return self.group("*", *factors)
        if kind == 5 and not self.two:
            return self.group("/", self.term(names, depth - 1), draw.choice(["2", "0.5", "-4"]))
        parts = [self.term(names, depth - 1) for _ in range(draw.randint(1, 4))]
        word = "+" if kind < 8 or len(parts) == 1 else "-"
        return self.group(word, *parts)

    def formula(self, names: list[str], depth: int) -> str:
        draw = self.draw
        if depth == 0 or draw.random() < 0.3:
            relations = ["<=", "<=", ">=", ">=", "<", ">", "==", "!="] + ["="] * (not self.two)
            sides = [self.term(names, 2), self.term(names, 2)]
            if draw.random() < 0.5:
                sides = [self.name(draw.choice(names)), self.number(draw.choice(VALUES))]
                draw.shuffle(sides)
            return self.group(draw.choice(relations), *sides)
        if draw.random() < 0.1:
            return self.group("not", self.formula(names, depth - 1))
        parts = [self.formula(names, depth - 1) for _ in range(draw.randint(1, 3))]
        return self.group(draw.choice(["and", "or", "or"]), *parts)

    def bounds(self) -> Iterator[str]:
        """Two sides of a box for most inputs, together or apart, once or more often."""
        draw = self.draw
        found = []
        for name in self.inputs:
            low, high = sorted((draw.choice(VALUES), draw.choice(VALUES)))
            if draw.random() < 0.06:
                low, high = high, low
            pair = [
                self.group(draw.choice([">=", ">=", ">"]), self.name(name), self.number(low)),
                self.group("<=", self.name(name), self.number(high)),
            ]
            if draw.random() < 0.3:
                pair[1] = self.group(">=", self.number(high), self.name(name))
            if draw.random() < 0.2:
                pair.append(draw.choice(pair))
            if draw.random() < 0.15:
                pair.pop()
            found += pair
        draw.shuffle(found)
        if found and draw.random() < 0.3:
            yield self.group("and", *found)
        else:
            yield from found

    # ------------------------------------------------------------ properties

    def text(self) -> str:
        head = self.networks() if self.two else self.constants()
        names = self.inputs + self.outputs
        said = list(self.bounds())
        said += [
            self.formula(names, self.draw.randint(0, 4)) for _ in range(self.draw.randint(0, 3))
        ]
        if self.draw.random() < 0.2:  # several boxes
            boxes = [self.group("and", *found) for _ in range(3) if (found := list(self.bounds()))]
            said.append(self.group("or", *boxes))
        if not said or self.draw.random() < 0.2:
            said.append(self.formula(names, 1))
        if self.draw.random() < 0.1:
            said.append(self.draw.choice(said))
        self.draw.shuffle(said)
        lines = [*head, *(self.group("assert", formula) for formula in said)]
        return "".join(line + (self.blank() or self.draw.choice(["", self.end])) for line in lines)

    def constants(self) -> list[str]:
        n, m = self.draw.randint(1, 3), self.draw.randint(1, 2)
        self.sizes = [(n, m)]
        self.inputs = [f"X_{i}" for i in range(n)]
        self.outputs = [f"Y_{j}" for j in range(m)]
        names = self.inputs + self.outputs
        self.draw.shuffle(names)
        return [self.group("declare-const", name, "Real") for name in names]

    def networks(self) -> list[str]:
        lines = [self.group("vnnlib-version", "<2.0>")]
        for number in range(self.draw.choice([1, 1, 2])):
            parts = []
            for what, elements in (("input", self.inputs), ("output", self.outputs)):
                shape = self.draw.choice([[], [1], [2], [1, 2], [2, 1], [1, 1, 2], [3]])
                tensor = f"{what[0].upper()}{number}_t"
                kind = self.draw.choice(["Real", "Real", "float32"])
                label = [self.draw.choice(['"a b"', '"é; ("'])] if self.draw.random() < 0.2 else []
                sizes = f"[{', '.join(map(str, shape))}]"
                parts.append(self.group(f"declare-{what}", tensor, kind, sizes, *label))
                elements += [element(tensor, list(i)) for i in product(*map(range, shape))]
                self.sizes.append((prod(shape), 0))
            lines.append(self.group("declare-network", f"net{number}", *parts))
        counts = [size for size, _ in self.sizes]
        self.sizes = list(zip(counts[::2], counts[1::2], strict=True))
        if len(self.sizes) == 2:  # equal inputs become one
            for _ in range(self.draw.randint(0, 2)):
                pair = self.draw.choice(self.inputs), self.draw.choice(self.inputs)
                lines.append(self.group("assert", self.group("==", *map(self.name, pair))))
        return lines


def network(inputs: int, outputs: int) -> Network:
    """A network of that shape; what it computes does not matter here."""
    return Network(inputs, (affine_layer(inputs, [()] * outputs),))


def violated(found: Property, at: dict[str, Fraction]) -> bool:
    """Is the point a counterexample of the claim, if y is what the networks compute there?"""
    claim = found.claim
    x: dict[int, Fraction] = {}
    if not all(x.setdefault(i, at[name]) == at[name] for name, i in found.inputs):
        return False
    point = tuple(x[i] for i in range(claim.on.dimension))
    y = tuple(at[name] for name in found.outputs)
    return claim.on.contains(point) and not formula.holds(claim.formula, point, y)


def points(writer: Writer, count: int) -> Iterator[dict[str, Fraction]]:
    """Random points; on some of them several coordinates are equal."""
    for _ in range(count):
        pool = writer.draw.sample(VALUES, writer.draw.choice([1, 2, 4, len(VALUES)]))
        yield {name: writer.draw.choice(pool) for name in writer.inputs + writer.outputs}


def compare(seeds: range, count: int) -> Counter[object]:
    """Both readers on every text at so many points; how often each truth was met."""
    met: Counter[object] = Counter()
    for seed in seeds:
        writer = Writer(seed)
        text = writer.text()
        try:
            found = parse_property(text, [network(*size) for size in writer.sizes], QUIET)
        except CertifyError as error:
            raise AssertionError(f"seed {seed}: {error}\n{text}") from None
        assert sorted(name for name, _ in found.inputs) == sorted(writer.inputs)
        assert list(found.outputs) == sorted(writer.outputs)
        truths = set()
        for at in points(writer, count):
            truth = Second(text, at).truth
            assert violated(found, at) == truth, f"seed {seed} at {at}:\n{text}"
            met[truth] += 1
            truths.add(truth)
        met["both"] += len(truths) == 2
    return met


def test_a_hundred_texts() -> None:
    met = compare(range(110), 40)
    assert met["both"] >= 35  # the points tell something in this many texts
    assert min(met[True], met[False]) > 300


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1000, 6000, 500))
def test_five_thousand_texts(start: int) -> None:
    met = compare(range(start, start + 500), 30)
    assert met["both"] >= 120


def test_the_second_reader_reads() -> None:
    """Values by hand, one for each form."""
    for text, value in {
        "1e-3": F(1, 1000),
        "(- 1)": -1,
        "(- 1 2 3)": -4,
        "(+ .5 1. +1)": F(5, 2),
        "(* 2 3 -4)": -24,
        "(/ 1 4)": F(1, 4),
        "-2.50E+1": -25,
    }.items():
        found = Second(f"(declare-const X_0 Real)(assert (= X_0 {text}))", {"X_0": F(value)})
        assert found.truth
        assert not Second(found.text, {"X_0": F(value) + 1}).truth


@pytest.mark.parametrize(
    ("word", "versions"),
    [
        *((word, "12") for word in ("1", "-1", "1.5", "-0.25", "007", "1e-3", "2.5E+1")),
        *((word, "1") for word in ("+1", "1.", ".5", "-.5", "+.5e1", "1.e2")),
        *((word, "") for word in (".", "-", "1e", "e1", "--1", "1.2.3", "0x1", "1_0", "1/2", "١")),
        *((word, "") for word in ("inf", "nan", "1e", "1e+", "+-1", "1,5", "1e1.5", "1f", "#b1")),
    ],
)
def test_numbers(word: str, versions: str) -> None:
    """Version 2.0 has its grammar's, and exponents; 1.0 also what its writers write."""
    first = f"(declare-const X_0 Real)(declare-const Y_0 Real)(assert (<= Y_0 {word}))"
    second = (
        "(vnnlib-version <2.0>)(declare-network n (declare-input X Real [1])"
        f"(declare-output Y Real [1]))(assert (<= Y[0] {word}))"
    )
    for version, text in (("1", first), ("2", second)):
        if version in versions:
            found = parse_property(text, [network(1, 1)], QUIET).claim.formula
            for value, inside in ((F(float(word)), True), (F(float(word)) + 1, False)):
                near = abs(value) * F(1, 10**12) * (-1 if inside else 1)  # 1e-3 is no float
                assert formula.holds(found, (F(0),), (value + near,)) != inside
        else:
            with pytest.raises(CertifyError):
                parse_property(text, [network(1, 1)], QUIET)


@pytest.mark.parametrize("change", ["relation", "number", "and", "comment"])
def test_a_change_of_the_text_is_noticed(change: str) -> None:
    """The comparison fails for a reader that sees another text than the second one."""
    swaps = {
        "relation": ("<=", ">="),
        "number": ("0", "1"),
        "and": ("or", "and"),
        "comment": ("(assert", ";(assert"),
    }
    noticed = 0
    for seed in range(60):
        writer = Writer(seed)
        text = writer.text()
        old, new = swaps[change]
        place = text.rfind(old)
        other = text[:place] + new + text[place + len(old) :]
        try:
            found = parse_property(other, [network(*size) for size in writer.sizes], QUIET)
        except CertifyError:
            continue
        noticed += any(violated(found, at) != Second(text, at).truth for at in points(writer, 20))
    assert noticed >= 5
