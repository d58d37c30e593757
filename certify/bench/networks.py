"""Networks of the field: certify beside Marabou, without and with its proofs, and z3.

The instances are those of :mod:`.instances`; their answers are known. :func:`rows` takes all but
the ACAS Xu ones, and of the easy and medium ACAS Xu ones every STRIDE-th. :func:`every` takes the
whole list, certify alone. The time of certify is for search and check together, that of another
tool for its search; reading the files is not counted. The last rows are the figures that the
table is for.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from . import Row, child
from .solvers import z3_answer

if TYPE_CHECKING:
    from ..kernel.certificate import Certificate
    from .instances import Instance

STRIDE = 10  # through the easy and medium ACAS Xu instances
LIMIT = 20.0  # seconds for certify and Marabou in the short selection
SHORT = 5.0  # seconds for those that rarely answer at all; enough to bound a ratio
READY = ("certify", "certify.prove.strategy", "certify.prove.regions.schedule", "flint", "onnx")
PEER = ("maraboupy.MarabouCore", "onnxruntime", "certify.bench.instances")
WORDS = {"proved": "unsat", "refuted": "sat"}
MARABOU = "Marabou"
ABSENT: Row = {
    "case": "networks of the field",
    "tool": "none",
    "seconds": None,
    "answer": "the folder is absent: set CERTIFY_BENCH",
}


def ours(instance: Instance, limit: float, workers: int) -> Row:
    """Search and check; and how large the evidence is."""
    import certify

    claim = instance.claim
    start = time.perf_counter()
    found = certify.prove(claim, timeout=limit, workers=workers)
    seconds = time.perf_counter() - start
    if found.certificate is None:
        return {"answer": "no answer", "seconds": None, "over": limit}
    return {
        "answer": WORDS[found.verdict],
        "seconds": seconds,
        "rule": found.rule,
        "prove": found.seconds,
        "check": found.check_seconds,
        **measured(found.certificate),
        "bytes": found.bytes,
    }


def measured(certificate: Certificate) -> Row:
    """The leaves of a certificate's tree, if it is one, and the bits of its largest integer."""
    lines = None if certificate.lines is None else list(certificate.lines)
    text = json.dumps(certificate.header["body"]) if lines is None else "\n".join(lines)
    bits = max((int(digits).bit_length() for digits in re.findall(r"\d+", text)), default=0)
    if lines is None:
        return {"bits": bits}
    leaves = sum(not json.loads(line).keys().isdisjoint(("leaf", "empty")) for line in lines)
    return {"leaves": leaves, "bits": bits}


def marabou(instance: Instance, proofs: bool) -> Row:
    """Marabou on the same files, with one worker."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that TensorFlow is missing, which it need not be
        from maraboupy import Marabou, MarabouCore

    if len(instance.paths) != 1:
        return {"answer": "two networks", "seconds": None}
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # it talks, whatever the verbosity
    [path] = instance.paths
    network = (Marabou.read_onnx if path.suffix == ".onnx" else Marabou.read_nnet)(str(path))
    query = network.getInputQuery()
    try:
        MarabouCore.loadProperty(query, str(instance.prop))
    except RuntimeError:
        return {"answer": "property not read", "seconds": None}
    options = Marabou.createOptions(verbosity=0, produceProofs=proofs)
    start = time.perf_counter()
    answer, _, _ = MarabouCore.solve(query, options, "")
    return {"answer": answer, "seconds": time.perf_counter() - start}


def z3(instance: Instance) -> Row:
    """Z3 on the text that `certify encode` writes."""
    from ..encode.smt import text

    written = text(instance.claim)
    start = time.perf_counter()
    answer = z3_answer(written)
    return {"answer": answer, "seconds": time.perf_counter() - start}


def rows(limit: float) -> list[Row]:
    """Four rows for each instance of the short selection, then the figures."""
    chosen = selection()
    if not chosen:
        return [ABSENT]
    long, short = min(limit, LIMIT), min(limit, SHORT)
    result = []
    for instance in chosen:
        result += [
            certified(instance, long, 1),
            beside(instance, MARABOU, marabou, False, imports=PEER, limit=long),
            beside(instance, f"{MARABOU}, proofs", marabou, True, imports=PEER, limit=short),
            beside(instance, "z3", z3, imports=[*READY, "z3"], limit=short),
        ]
    return [*result, median_ratio(result, chosen), slow_checks(result)]


def every(limit: float) -> list[Row]:
    """A row for each instance, a row for each property and family, and the figures."""
    from .instances import instances

    chosen = list(instances())
    if not chosen:
        return [ABSENT]
    workers = os.cpu_count() or 1
    found = [certified(instance, limit, workers) for instance in chosen]
    return [*found, *summaries(found, chosen), slow_checks(found)]


def selection() -> list[Instance]:
    """All but ACAS Xu, and a fixed spread of its easy and medium instances."""
    from .instances import instances

    acas = list(instances(("easy", "medium"), ("acasxu",)))
    return [i for i in instances() if i.family != "acasxu"] + acas[::STRIDE]


def name(instance: Instance) -> str:
    """A name that fits in the table."""
    stem = instance.paths[0].stem.replace("ACASXU_run2a_", "").replace("_batch_2000", "")
    full = f"{instance.family} {stem} {instance.prop.stem}"
    return full if len(full) <= 36 else f"{stem[:20]} {instance.prop.stem[:24]}"


def certified(instance: Instance, limit: float, workers: int) -> Row:
    """The row of certify, which looks at the clock itself."""
    return beside(instance, "certify", ours, limit, workers, imports=READY, limit=2 * limit)


def beside(
    instance: Instance,
    tool: str,
    function: Callable[..., object],
    *arguments: object,
    imports: Sequence[str],
    limit: float,
) -> Row:
    """A tool's row, and whether its answer is the known one."""
    row = child(name(instance), tool, function, instance, *arguments, imports=imports, limit=limit)
    row.pop("peak_mb", None)
    if row["answer"] in ("sat", "unsat"):
        row["right"] = "yes" if row["answer"] == instance.expected else "NO"
    print(f"{row['case']}, {tool}: {row['answer']}", file=sys.stderr, flush=True)  # it takes long
    return row


def median_ratio(found: Sequence[Row], chosen: Sequence[Instance]) -> Row:
    """The median over ACAS Xu of Marabou's time over ours.

    A lower bound: Marabou without an answer counts with its limit, and an instance that certify
    does not settle as 0.
    """
    cases = {name(i) for i in chosen if i.family == "acasxu"}
    spent = {(row["case"], row["tool"]): row for row in found if row["case"] in cases}
    ratios, late = [], 0
    for case in sorted(cases):
        own, other = spent[case, "certify"], spent[case, MARABOU]
        seconds = other["seconds"] or other.get("over")
        if seconds is None:  # Marabou failed, and its row says how
            continue
        late += other["seconds"] is None
        ratios.append(seconds / own["seconds"] if own["seconds"] else 0.0)
    shown = f"{statistics.median(ratios):.3g}" if ratios else "unknown"
    return {
        "case": f"ACAS Xu, {len(ratios)}: {MARABOU} / certify, median",
        "tool": "figure",
        "seconds": None,
        "answer": f"at least {shown}, {late} late",
    }


def slow_checks(found: Sequence[Row]) -> Row:
    """How many checks took longer than the search for what they check."""
    accepted = [row for row in found if "check" in row]
    slow = sum(row["check"] > row["prove"] for row in accepted)
    return {
        "case": "checks longer than their search",
        "tool": "figure",
        "seconds": None,
        "answer": f"{slow} of {len(accepted)}",
    }


def summaries(found: Sequence[Row], chosen: Sequence[Instance]) -> list[Row]:
    """For each group of instances: how many are settled, how many wrong, the times."""
    groups: dict[str, list[Row]] = {}
    for row, instance in zip(found, chosen, strict=True):
        for group in groups_of(instance):
            groups.setdefault(group, []).append(row)
    result: list[Row] = []
    for group in sorted(groups):
        rows = groups[group]
        times = [row["seconds"] or row.get("over", 0.0) for row in rows]
        settled = sum(row.get("right") == "yes" for row in rows)
        result.append(
            {
                "case": group,
                "tool": "certify",
                "seconds": None,
                "answer": f"{settled} of {len(rows)} settled",
                "wrong": sum(row.get("right") == "NO" for row in rows),
                "median": statistics.median(times),
                "total": sum(times),
            }
        )
    return result


def groups_of(instance: Instance) -> Iterator[str]:
    """The groups in which an instance counts."""
    yield f"all {instance.difficulty}"
    yield f"all of {instance.family}"
    if instance.family == "acasxu":
        prop = instance.prop.stem
        yield f"all of acasxu, {prop}"
        if prop in ("prop_1", "prop_2", "prop_3", "prop_4"):
            yield "all of acasxu, prop_1 to prop_4"
