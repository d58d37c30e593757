"""``--timeout`` bounds all that a command does, and Ctrl-C ends it at once."""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import pytest
from random_networks import random_network

import certify
from certify.bench.instances import folder
from certify.errors import CertifyError
from certify.kernel.data.network import Network, affine_layer
from certify.kernel.language.claim import Pointwise
from certify.kernel.rules.regions.query import query_of
from certify.networks.builder import relu
from certify.networks.files import save
from certify.prove import Options
from certify.prove.clock import FOREVER, TimeOver, alarm, seconds_of
from certify.prove.regions.attack import Attack

ROOT = Path(__file__).parents[2]
IDENTITY = relu([[1]])
POSITIVE = "(declare-const X_0 Real)(declare-const Y_0 Real)(assert (>= X_0 -1))(assert (<= X_0 1))"


def started(*arguments: object, cwd: Path) -> subprocess.Popen[str]:
    """``certify`` in a process and a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "certify", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )


def spent(process: subprocess.Popen[str]) -> tuple[int, str, float]:
    """Exit code, output and processor time: no more than the time by the clock, on any machine."""
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, output, usage.ru_utime + usage.ru_stime


def busy(until: float) -> None:
    """Work that asks no limit."""
    while time.monotonic() < until:
        sum(range(1000))


class TestAlarm:
    """What ends a step that does not ask the clock."""

    def test_it_ends_a_long_step_and_nothing_after_it(self) -> None:
        began = time.monotonic()
        with pytest.raises(TimeOver), alarm(0.05):
            busy(began + 60)
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
        with alarm(60):
            pass
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)

    def test_a_failure_of_ours_is_no_excuse(self) -> None:
        def careless() -> None:
            try:
                time.sleep(60)
            except Exception:
                raise AssertionError("taken for a failure") from None

        with pytest.raises(TimeOver), alarm(0.05):
            careless()

    def test_it_rings_again_where_it_is_lost(self) -> None:
        def deaf() -> None:
            with suppress(TimeOver):
                time.sleep(60)
            time.sleep(60)

        with pytest.raises(TimeOver), alarm(0.05):
            deaf()

    def test_the_signal_of_a_program_is_its_own(self) -> None:
        heard: list[int] = []
        signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
        try:
            with alarm(0.01):
                signal.raise_signal(signal.SIGALRM)
                time.sleep(0.05)
            assert heard == [1]
        finally:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def test_other_threads_ask_the_clock(self) -> None:
        claim = certify.output(IDENTITY, certify.box([-1], [1]), "y0 <= 1")
        found: list[str] = []
        thread = threading.Thread(target=lambda: found.append(certify.prove(claim).verdict))
        thread.start()
        thread.join()
        assert found == ["proved"]


class TestLimits:
    """Which limits there are."""

    @pytest.mark.parametrize("limit", ["inf", "1e308", "1e7"])
    def test_none_and_long_ones(self, limit: str, tmp_path: Path) -> None:
        save(IDENTITY, tmp_path / "id.json")
        (tmp_path / "p.vnnlib").write_text(f"{POSITIVE}(assert (> Y_0 1))")
        (tmp_path / "q.vnnlib").write_text(f"{POSITIVE}(assert (> Y_0 0.99))")
        code, output, _ = spent(
            started("prove", "id.json", "p.vnnlib", "--timeout", limit, cwd=tmp_path)
        )
        assert (code, output[:20]) == (0, "id-p: proved by regi")
        code, output, _ = spent(
            started(
                *("prove", "id.json", "q.vnnlib", "--timeout", limit, "--method", "smt"),
                cwd=tmp_path,
            )
        )
        assert (code, output[:15]) == (1, "id-q: refuted b")
        assert not list(tmp_path.glob("*.journal"))

    @pytest.mark.parametrize("limit", ["nan", "0", "-1", "-inf"])
    def test_refused(self, limit: str, tmp_path: Path) -> None:
        code, output, _ = spent(started("prove", "x.toml", "--timeout", limit, cwd=tmp_path))
        assert (code, output) == (64, "certify: --timeout and --workers must be positive\n")

    def test_in_python(self) -> None:
        claim = certify.output(IDENTITY, certify.box([-1], [1]), "y0 <= 1")
        assert certify.prove(claim, timeout=math.inf).proved
        assert certify.prove(claim, timeout=0).verdict == "unknown"
        for limit in (math.nan, -1.0, -math.inf):
            with pytest.raises(CertifyError, match="a time limit is a number of seconds"):
                certify.prove(claim, timeout=limit)
        assert seconds_of(math.inf) == seconds_of(1e308) == FOREVER


def many(disjuncts: int) -> str:
    """A property with so many disjuncts, each a box of the input and a bound of the output."""
    lines = ["(declare-const X_0 Real)(declare-const Y_0 Real)"]
    lines.append("(assert (>= X_0 0))(assert (<= X_0 1))(assert (or")
    for k in range(disjuncts // 2):
        box = f"(>= X_0 {k / disjuncts:.6f}) (<= X_0 {(k + 1) / disjuncts:.6f})"
        lines.append(f"(and {box} (<= Y_0 -100.{k})) (and {box} (>= Y_0 100.{k}))")
    return "\n".join([*lines, "))"])


def wide(width: int, depth: int) -> Network:
    """Layers of many neurons that each read two of the layer before: 64 inputs, one output."""
    draw, layers, columns = random.Random(1), [], 64
    for height in [*[width] * depth, 1]:
        rows = [
            tuple(
                (c, Fraction(draw.choice([-1, 1]))) for c in sorted(draw.sample(range(columns), 2))
            )
            for _ in range(height)
        ]
        layers.append(affine_layer(columns, rows, [Fraction(0)] * height, relu=height > 1))
        columns = height
    return Network(64, tuple(layers))


class TestKept:
    """Within a tenth and two seconds; processor time stands for the clock of a busy machine."""

    def test_reading(self, tmp_path: Path) -> None:
        save(IDENTITY, tmp_path / "id.json")
        (tmp_path / "p.vnnlib").write_text(many(40_000))
        for form, said in (
            ("text", "id.json p.vnnlib: unknown (time is over while reading)\n"),
            ("vnncomp", "unknown\n"),
        ):
            command = ("prove", "id.json", "p.vnnlib", "--timeout", "1", "--format", form)
            code, output, seconds = spent(started(*command, cwd=tmp_path))
            assert (code, output) == (2, said)
            assert seconds < 3.1

    def test_a_huge_goal(self, tmp_path: Path) -> None:
        save(random_network([1, 64, 64, 64, 1], random.Random(1), 16), tmp_path / "n.json")
        (tmp_path / "p.vnnlib").write_text(many(3000))
        command = ("prove", "n.json", "p.vnnlib", "--timeout", "1.5")
        code, output, seconds = spent(started(*command, cwd=tmp_path))
        assert code == 2
        assert "time is over" in output
        assert seconds < 3.65

    def test_the_first_attack_keeps_its_own_limit(self) -> None:
        network = wide(2500, 4)
        claim = certify.output(network, certify.box([-1] * 64, [1] * 64), "y0 <= 99999")
        assert isinstance(claim, Pointwise)
        attack = Attack(claim, query_of(claim))
        began = time.process_time()
        assert attack.run(Options(timeout=60), 0.2) is None
        assert time.process_time() - began < 2.0

    def test_late_checks_say_so(self) -> None:
        from certify.api import proving

        late = Options(timeout=1, started=time.monotonic() - 3.5)
        assert proving._late(late).startswith("the check went 2.")
        assert proving._late(Options(timeout=60)) == ""

    @pytest.mark.slow
    @pytest.mark.skipif(folder() is None, reason="set CERTIFY_BENCH")
    @pytest.mark.parametrize(
        ("network", "text"),
        [
            ("nn4sys_lindex/lindex_deep.onnx", "nn4sys_lindex/lindex_3000.vnnlib"),
            (
                "collins_rul_cnn/NN_rul_small_window_20.onnx",
                "collins_rul_cnn/robustness_16perturbations_delta20_epsilon10_w20.vnnlib",
            ),
            (
                "sri_resnet_a/resnet_3b2_bn_mixup_adv_4.0_bs128_lr-1.onnx",
                "sri_resnet_a/cifar10_spec_idx_7486_eps_0.00350.vnnlib",
            ),
        ],
    )
    @pytest.mark.parametrize("limit", [5, 20])
    def test_networks_of_the_field(
        self, network: str, text: str, limit: int, tmp_path: Path
    ) -> None:
        top = folder()
        assert top is not None
        command = ("prove", top / network, top / text, "--declare-fun", "-o", tmp_path)
        _, _, seconds = spent(started(*command, "--timeout", limit, cwd=tmp_path))
        assert seconds < 1.1 * limit + 2


class TestInterrupted:
    """Ctrl-C on a terminal reaches every process of the command's group."""

    @pytest.mark.parametrize("workers", [1, 2])
    @pytest.mark.parametrize("seconds", [0.6, 1.2, 2.4])
    def test_one_line_and_no_traceback(self, workers: int, seconds: float, tmp_path: Path) -> None:
        # the largest of 400,000 values is 7.9: neither a point nor a proof is there so soon
        save(random_network([10, 60, 60, 1], random.Random(1), 16), tmp_path / "n.json")
        (tmp_path / "claims.toml").write_text(
            'networks = { n = "n.json" }\n[[claim]]\nname = "most"\nkind = "output"\n'
            'network = "n"\nholds = "y0 <= 10"\n'
            f"on = {{ box = {{ lower = {[-1] * 10}, upper = {[1] * 10} }} }}\n"
        )
        process = started("prove", "claims.toml", "--workers", workers, cwd=tmp_path)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGINT)
        began = time.monotonic()
        output, _ = process.communicate(timeout=60)
        assert "interrupted" in output, output
        assert process.returncode in (130, -signal.SIGINT)  # -2 is 130 in a shell
        [line] = output.strip().splitlines()
        assert line.startswith("certify: interrupted: ")
        kept = (tmp_path / "most.journal").exists()
        assert ("goes on from there" in line) == kept
        assert time.monotonic() - began < 10
