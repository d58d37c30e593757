"""Branch and bound over regions: verdicts against exact optima, processes, and the journal."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import exact_optimum as truth
import numpy as np
import pytest
from random_networks import random_network

import certify
from certify.claims.toml import ClaimsFile
from certify.errors import CertifyError
from certify.kernel.certificate import Certificate
from certify.kernel.check import bind
from certify.kernel.data.network import Network
from certify.kernel.data.numbers import format_rational
from certify.kernel.language.claim import Pointwise
from certify.kernel.rules.regions.query import query_of
from certify.networks.files import save
from certify.prove import Options, Progress
from certify.prove.regions import prover as regions
from certify.prove.regions import schedule
from certify.prove.regions import search as bab
from certify.prove.regions.attack import Attack
from certify.prove.regions.journal import Journal
from certify.prove.regions.systems import Systems
from certify.prove.regions.tree import Job, Tree

ROOT = Path(__file__).parents[3]
HAIR = Fraction(1, 1 << 40)
WIDE = random_network([6, 24, 24, 1], random.Random(1), 16)  # its maximum is about 0.76
TRUE, FALSE = "y0 <= 4/5", "y0 <= 3/4"
SMALL = random_network([5, 16, 16, 1], random.Random(1), 16)  # its maximum is about 0.837
SMALL_TRUE, SMALL_FALSE = "y0 <= 22/25", "y0 <= 5/6"
Start = Callable[[str, Callable[[Progress], None]], schedule.Work]
TIMEOUT = 600.0  # of searches that take seconds where the machine is free


def claim(network: Network, holds: str) -> Pointwise:
    """The network satisfies ``holds`` on [−1, 1]ⁿ."""
    n = network.inputs
    found = certify.output(network, certify.box([-1] * n, [1] * n), holds)
    assert isinstance(found, Pointwise)
    return found


def settled(goal: Pointwise, output: Path | None = None, **more: object) -> str:
    """The verdict by regions alone."""
    options = {"timeout": TIMEOUT, "method": "regions", **more}
    result = certify.prove(goal, output=output, **options)  # type: ignore[arg-type]
    return result.verdict if result.verdict != "unknown" else result.reason


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns end, and other processes are started, after the first batch of regions."""
    monkeypatch.setattr(schedule, "FIRST", 0.0)
    monkeypatch.setattr(schedule, "TURN", 0.0)


class TestVerdicts:
    """The maximum of a network on a box is known exactly: nothing on either side is mistaken."""

    @pytest.fixture(params=range(6))
    def network(self, request: pytest.FixtureRequest) -> Network:
        return random_network([2, 4, 3, 1], random.Random(request.param))

    @pytest.fixture(params=[bab.FEW, 0], ids=["inputs", "neurons"])
    def splits(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where splits are made: at inputs alone, or by neurons as well."""
        monkeypatch.setattr(bab, "FEW", request.param)

    def most(self, network: Network) -> Fraction:
        one = Fraction(1)
        return truth.largest_on_box(network, [one], (-one, -one), (one, one))[0]

    @pytest.mark.usefixtures("splits")
    def test_both_sides(self, network: Network) -> None:
        most, step = self.most(network), Fraction(1, 32)
        assert settled(claim(network, f"y0 <= {format_rational(most + step)}")) == "proved"
        assert settled(claim(network, f"y0 <= {format_rational(most - step)}")) == "refuted"

    def test_by_a_hair(self, network: Network) -> None:
        most = self.most(network)
        for text in (f"y0 < {format_rational(most)}", f"y0 <= {format_rational(most - HAIR)}"):
            assert settled(claim(network, text), timeout=1.0) != "proved"
        for text in (f"y0 <= {format_rational(most)}", f"y0 <= {format_rational(most + HAIR)}"):
            assert settled(claim(network, text), timeout=1.0) != "refuted"

    @pytest.mark.usefixtures("hurried")
    def test_two_workers(self) -> None:
        network = random_network([2, 6, 5, 1], random.Random(5))
        most, step = self.most(network), Fraction(1, 1 << 12)
        above, below = (f"y0 <= {format_rational(v)}" for v in (most + step, most - step))
        assert settled(claim(network, above), workers=2) == "proved"
        assert settled(claim(network, below), workers=2) == "refuted"

    def test_rows_that_contradict_each_other(self) -> None:
        """No input satisfies both, whatever the network computes: nothing is split to see that."""
        always, never_at = "y0 < 1/7 or 3*y0 > 3/7 - 1/100", "y0 < 1/7 or 3*y0 > 3/7"
        result = certify.prove(claim(WIDE, always), method="regions", timeout=TIMEOUT)
        assert result.certificate is not None
        assert len(list(result.certificate.lines or [])) == 2
        assert certify.prove(claim(WIDE, never_at), method="regions", timeout=2).verdict != "proved"


class TestWorkers:
    """The processes of one search."""

    @pytest.fixture
    def work(self) -> Start:
        """A search by two processes that tells how far it is."""

        def start(holds: str, progress: Callable[[Progress], None]) -> schedule.Work:
            goal = claim(WIDE, holds)
            query = query_of(goal)
            search = bab.Search(query, Attack(goal, query), Systems(query, regions.BITS))
            options = Options(TIMEOUT, 2, progress=progress)
            return schedule.Work(goal, search, Tree(), None, options)

        return start

    @pytest.mark.parametrize("lost", [1, 2])
    def test_a_lost_worker_costs_its_turn(
        self,
        lost: int,
        work: Start,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(schedule, "TURN", 0.1)
        killed: list[int] = []

        def kill(_: Progress) -> None:
            for worker in started.crew.workers[: lost - len(killed)]:
                if worker.job is not None:
                    os.kill(worker.process.pid, signal.SIGKILL)
                    killed.append(worker.process.pid)

        started = work(TRUE, kill)
        assert started.run() is None
        assert len(killed) == lost
        assert not started.jobs
        assert accepted(claim(WIDE, TRUE), started.tree) == "proved"

    def test_every_worker_works(
        self,
        work: Start,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(schedule, "TURN", 0.1)
        busy = [0]
        started = work(TRUE, lambda _: busy.append(len(started.crew.jobs)))
        assert started.run() is None
        assert max(busy) >= 1  # one has just handed in its work, the other is at it
        assert accepted(claim(WIDE, TRUE), started.tree) == "proved"

    def test_the_attack_goes_on_beside_workers(
        self,
        work: Start,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """It once ended when the first worker was there: two settled less than one."""
        monkeypatch.setattr(schedule, "TURN", 0.1)
        seen: list[bool] = []
        run = Attack.run

        def spied(self: Attack, options: Options, *more: float) -> object:
            seen.append(started.crew.ready)
            return run(self, options, *more)

        monkeypatch.setattr(Attack, "run", spied)
        started = work(TRUE, lambda _: None)
        assert started.run() is None
        assert seen.count(True) >= 2
        assert accepted(claim(WIDE, TRUE), started.tree) == "proved"

    def test_parts_for_workers_have_systems_of_their_own(
        self,
        work: Start,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A job that is divided again and again never becomes large enough by itself."""
        monkeypatch.setattr(schedule, "TURN", 0.1)
        monkeypatch.setattr(schedule, "OPEN", 8)
        started = work(TRUE, lambda _: None)
        assert started.run() is None
        assert started.tree.systems
        assert accepted(claim(WIDE, TRUE), started.tree) == "proved"

    @pytest.mark.usefixtures("hurried")
    def test_a_witness_ends_the_search(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for seconds in ("ATTACK", "SHORT"):
            monkeypatch.setattr(schedule, seconds, 0.0)
        before = children(os.getpid())  # by other tests
        assert settled(claim(WIDE, FALSE), workers=2) == "refuted"
        assert children(os.getpid()) <= before

    def test_an_input_that_is_a_point_is_not_split(self) -> None:
        """The widest is, where floats allow it."""
        low, high = np.array([0.5, 0.0, 0.0]), np.array([0.5, 0.25, 1.0])
        assert bab._cut_at(0, low, high) == (2, 0.5)
        assert bab._cut_at(1, low, high) == (1, 0.125)
        with pytest.raises(bab.Stuck):
            bab._cut_at(0, low, np.nextafter(low, 1) * [1, 0, 0])

    def test_jobs_divide_without_overlap(self) -> None:
        draw = random.Random(3)
        ways = {tuple(((0, float(d)), draw.random() < 0.6) for d in range(9)) for _ in range(200)}
        job = Job(open=tuple(sorted(ways)))
        for most in (1, 7, 50):
            parts = job.divided(most, own=True)
            assert sorted(way for part in parts for way in part.open) == sorted(ways)
            assert all(len(part.open) <= most for part in parts)
            tops = [part.top for part in parts]
            assert not [(a, b) for a in tops for b in tops if a is not b and a == b[: len(a)]]


def accepted(goal: Pointwise, tree: Tree) -> str:
    """The kernel's verdict on a tree."""
    named = certify.api.named(goal)
    header = {
        "format": "certify-certificate-1",
        "claim": goal.to_json(),
        "networks": bind(goal, named.networks),
        "verdict": "proved",
        "rule": "regions",
        "body": "lines",
    }
    lines = [json.dumps({"bits": regions.BITS}), *tree.lines()]
    return certify.check(goal, Certificate(header, lines)).verdict


def children(parent: int) -> set[int]:
    """The processes that a process has started and that are still there."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = entry.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(ppid) == parent and state != "Z":
            found.add(int(entry.parent.name))
    return found


# ------------------------------------------------------------------ journal


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """``certify prove`` with two workers on a claim of some seconds, once its journal grows."""
    save(WIDE, tmp_path / "wide.json")
    (tmp_path / "claims.toml").write_text(
        'networks = { wide = "wide.json" }\n[[claim]]\nname = "most"\nkind = "output"\n'
        f'network = "wide"\nholds = "{TRUE}"\n'
        f"on = {{ box = {{ lower = {[-1] * 6}, upper = {[1] * 6} }} }}\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "certify", "prove", "claims.toml", "--workers", "2"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        journal = tmp_path / "most.journal"
        wait_for(lambda: journal.exists() and journal.read_bytes().count(b"\n") >= 3)
        wait_for(lambda: len(children(process.pid)) == 2)
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def written(journal: Path, goal: Pointwise) -> Tree:
    """What stands in a journal."""
    tree = Tree()
    opened = Journal(journal, {"claim": goal.digest, "rule": "regions", "bits": regions.BITS})
    for grown in opened.read():
        tree.add(grown)
    opened.close()
    return tree


class TestInterrupted:
    """A search that is stopped loses no finished work, and leaves no process behind."""

    def test_killed(self, running: subprocess.Popen[str], tmp_path: Path) -> None:
        workers = children(running.pid)
        running.kill()
        running.wait()
        wait_for(lambda: not any(map(alive, workers)))
        goal = claim(WIDE, TRUE)
        journal = tmp_path / "most.journal"
        leaves = len(written(journal, goal).leaves)
        assert leaves > 0
        seen: list[Progress] = []
        named = ClaimsFile(tmp_path / "claims.toml").claim("most")
        result = certify.prove(
            named, method="regions", timeout=TIMEOUT, output=tmp_path, progress=seen.append
        )
        assert result.verdict == "proved"
        assert seen[0].leaves >= leaves
        assert seen[-1].closed == 1
        assert not journal.exists()

    def test_interrupted(self, running: subprocess.Popen[str], tmp_path: Path) -> None:
        workers = children(running.pid)
        running.send_signal(signal.SIGINT)
        output, _ = running.communicate(timeout=60)
        assert running.returncode == 130
        assert output.strip() == (
            "certify: interrupted: most: what is done is kept in most.journal; "
            "the same command goes on from there"
        )
        assert not any(map(alive, workers))
        assert (tmp_path / "most.journal").exists()

    @pytest.mark.usefixtures("hurried")
    def test_out_of_time(self, tmp_path: Path) -> None:
        goal = claim(WIDE, TRUE)
        journal = tmp_path / "output.journal"

        def more_than(leaves: int) -> int:
            """How many are kept after the shortest of some searches that adds any."""
            for seconds in (0.5, 1, 2, 4, 8):  # the machine may be busy
                reason = settled(goal, tmp_path, timeout=seconds)
                assert "time is over after" in reason and str(journal) in reason
                kept = len(written(journal, goal).leaves)
                if kept > leaves:
                    return kept
            raise AssertionError("no leaf was added")

        assert more_than(more_than(0)) > 0
        assert settled(goal, tmp_path) == "proved"
        assert [path.name for path in tmp_path.iterdir()] == ["output.cert.json"]


def sealed(line: dict[str, object]) -> str:
    """A line of a journal with the checksum that it should have."""
    body = json.dumps(line, separators=(",", ":"))[:-1]
    return f'{body},"checksum":"{sha256(body.encode()).hexdigest()[:16]}"}}'


def changed(line: str, what: str) -> str:
    """A journal's line with a leaf, a split or a system that is wrong, under a new checksum."""
    value = json.loads(line)
    del value["checksum"]
    leaf, split = next(iter(value["leaves"])), next(iter(value["splits"]))
    if what == "leaf":
        value["leaves"] = {"": [0, '{"leaf":0}']}
    elif what == "text":
        value["leaves"][leaf] = [0, "nothing"]
    elif what == "level":
        value["leaves"][leaf][0] = 10**9
    elif what == "outside":
        value["splits"][split] = [0, 5.0]
    elif what == "input":
        value["splits"][split] = [77, 0.5]
    elif what == "neuron":
        value["splits"][split] = [7, 7]
    elif what == "systems":
        value["systems"] = sorted(value["splits"])
    return sealed(value)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The journal of a search that was interrupted when a part of the domain was closed."""

    def stop(progress: Progress) -> None:
        if progress.closed > 0.25:
            raise KeyboardInterrupt

    folder = tmp_path_factory.mktemp("journal")
    with pytest.MonkeyPatch.context() as patch:
        for turn in ("FIRST", "TURN"):
            patch.setattr(schedule, turn, 0.0)
        with pytest.raises(KeyboardInterrupt):
            settled(claim(SMALL, SMALL_TRUE), folder, progress=stop)
    return (folder / "output.journal").read_text().splitlines()


CHANGES = ["leaf", "text", "level", "outside", "input", "neuron", "systems"]


@pytest.mark.usefixtures("hurried")
class TestJournal:
    """Whatever stands in a journal, the verdict is right."""

    def outcome(self, folder: Path, text: str, holds: str = SMALL_TRUE) -> str:
        """The verdict where this journal stands beside; it must be gone after."""
        journal = folder / "output.journal"
        journal.write_text(text)
        found = settled(claim(SMALL, holds), folder)
        assert not journal.exists()
        return found

    def test_work_is_not_done_again(self, lines: list[str], tmp_path: Path) -> None:
        """A line that is damaged, if only in a digit, costs what stands in it; a wrong head all."""
        *others, last = lines
        digit = re.sub(r":\[(\d)", lambda m: f":[{(int(m[1]) + 1) % 10}", last, count=1)
        assert digit != last
        head = lines[0].replace(claim(SMALL, SMALL_TRUE).digest, claim(SMALL, SMALL_FALSE).digest)
        shares = []
        for changed in (lines, [*others, last[:-1]], [*others, digit], [head, *lines[1:]]):
            (tmp_path / "output.journal").write_text("\n".join(changed) + "\n")
            seen: list[Progress] = []
            assert settled(claim(SMALL, SMALL_TRUE), tmp_path, progress=seen.append) == "proved"
            shares.append(seen[0].closed)
        assert shares[0] > shares[1] == shares[2] > shares[3] == 0

    @pytest.mark.parametrize(
        "damage",
        [
            lambda text: "",
            lambda text: text[: len(text) * 2 // 3],
            lambda text: text.replace('"leaves":{', '"leaves":{"0":[0,"{}"],'),
            lambda text: "\n".join([text.split("\n")[0], text.replace("0", "1")]),
            lambda text: "\x00garbage\n" * 50 + text,
            lambda text: text + "null\n[]\n{}\n{" + '"checksum":""}\n' + "[" * 5000 + "\n",
            lambda text: "\n".join(reversed(text.splitlines())),
        ],
        ids=["empty", "cut", "leaf", "digits", "before", "after", "order"],
    )
    def test_damaged(self, damage: Callable[[str], str], lines: list[str], tmp_path: Path) -> None:
        assert self.outcome(tmp_path, damage("\n".join(lines) + "\n")) == "proved"

    @pytest.mark.parametrize("what", CHANGES)
    def test_changed(self, what: str, lines: list[str], tmp_path: Path) -> None:
        text = "\n".join([*lines[:-1], changed(lines[-1], what)])
        assert self.outcome(tmp_path, text) == "proved"

    def test_of_another_claim(self, lines: list[str], tmp_path: Path) -> None:
        """It stays as it is, and so does the other search where that is still running."""
        journal, text = tmp_path / "output.journal", "\n".join(lines)
        about = {"claim": claim(SMALL, SMALL_TRUE).digest, "rule": "regions", "bits": regions.BITS}
        journal.write_text(text)
        assert settled(claim(SMALL, SMALL_FALSE), tmp_path) == "refuted"
        assert journal.read_text() == text
        journal.unlink()
        running = Journal(journal, about)
        try:
            assert settled(claim(SMALL, SMALL_FALSE), tmp_path) == "refuted"
            own = Journal(journal, {**about, "claim": "f" * 64})
            own.close()
            assert own.path.name == f"output-{'f' * 16}.journal"
        finally:
            running.close()
        assert journal.read_text() == running.head + "\n"

    def test_passed_off_as_of_a_false_claim(
        self, lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for seconds in ("ATTACK", "SHORT"):
            monkeypatch.setattr(schedule, seconds, 0.0)
        head = lines[0].replace(claim(SMALL, SMALL_TRUE).digest, claim(SMALL, SMALL_FALSE).digest)
        assert head != lines[0]
        assert self.outcome(tmp_path, "\n".join([head, *lines[1:]]), SMALL_FALSE) == "refuted"

    def test_of_another_version(self, lines: list[str], tmp_path: Path) -> None:
        head = lines[0].replace("certify-journal-1", "certify-journal-0")
        assert self.outcome(tmp_path, "\n".join([head, *lines[1:]])) == "proved"

    def test_in_use(self, lines: list[str], tmp_path: Path) -> None:
        journal = tmp_path / "output.journal"
        journal.write_text("\n".join(lines))
        about = {"claim": claim(SMALL, SMALL_TRUE).digest, "rule": "regions", "bits": regions.BITS}
        first = Journal(journal, about)
        try:
            with pytest.raises(CertifyError, match="in use by another search"):
                settled(claim(SMALL, SMALL_TRUE), tmp_path)
        finally:
            first.close()
        assert journal.read_text() == "\n".join(lines)

    def test_disk_full(self, tmp_path: Path) -> None:
        """A limit on the size of files stands for a disk that is full."""
        save(WIDE, tmp_path / "wide.json")
        script = (
            "import resource\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
            "import certify\nfrom certify import cli\n"
            "cli.main(['prove', 'claims.toml', '--method', 'regions'])\n"
        )
        (tmp_path / "claims.toml").write_text(
            'networks = { wide = "wide.json" }\n[[claim]]\nname = "most"\nkind = "output"\n'
            f'network = "wide"\nholds = "{TRUE}"\n'
            f"on = {{ box = {{ lower = {[-1] * 6}, upper = {[1] * 6} }} }}\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0
        assert done.stdout.startswith("most: proved by regions")
        assert "not kept (.: File too large)" in done.stdout
        assert done.stderr.splitlines()[-1] == (
            "certify: note: .: File too large: the certificate of most is not kept"
        )
        assert not list(tmp_path.glob("*.cert*"))
