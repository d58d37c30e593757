"""What tracing by names misses: one memory under several names, hooks, patched calls."""

from __future__ import annotations

import subprocess
import sys
import types
from fractions import Fraction as Q
from typing import Any

import numpy as np
import pytest

import certify
from certify.errors import CertifyError
from certify.networks.reading import Reading, ReadingNote

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

from certify.kernel.verdict import Malformed  # noqa: E402  (needs torch)
from certify.networks.torch import steps  # noqa: E402
from certify.networks.torch.read import from_torch  # noqa: E402


def linear(weight: list[list[float]], bias: list[float] | None = None) -> Any:
    part = nn.Linear(len(weight[0]), len(weight), bias=bias is not None)
    with torch.no_grad():
        part.weight.copy_(torch.tensor(weight))
        if bias is not None:
            part.bias.copy_(torch.tensor(bias))
    return part


class Net(nn.Module):
    """A linear map, and a function of it and of the input."""

    def __init__(self, run: Any) -> None:
        super().__init__()
        self.a = linear([[1.0, -2.0, 0.5], [0.5, 1.0, -1.0], [-1.0, 0.0, 2.0]], [0.5, -1.0, 0.0])
        self.cut = nn.ReLU(inplace=True)
        self.register_buffer("held", torch.tensor([1.0, -0.5, 2.0]))
        self.register_buffer("whole", torch.tensor([1, -2, 3]))
        self.run = run

    def forward(self, x: Any) -> Any:
        return self.run(self, x, self.a(x))


def first(h: Any, do: Any) -> Any:
    """h, after ``do`` has written to it."""
    do(h)
    return h


def assign(h: Any, key: Any, value: Any) -> None:
    h[key] = value


def swap(h: Any) -> None:
    """Through .data, which leaves no trace in autograd."""
    h.data = h.data.flip(1) * 2


def scratch(h: Any) -> Any:
    out = torch.empty(1, 3)
    out[:, :2] = h[:, 1:]
    out[:, 2] = 4
    return out


def overlapping(x: Any, h: Any) -> Any:
    out = torch.empty(1, 4)
    out[:, :3] = h
    out[:, 1:] = x
    return out


SAME = {
    "relu in place, read again": lambda s, x, h: s.cut(h) - h,
    "a residual before its activation": lambda s, x, h: s.a(s.cut(x)) + x,
    "a function in place": lambda s, x, h: F.relu_(h) + h,
    "add_": lambda s, x, h: h.add_(x) + h,
    "an alias": lambda s, x, h: first(h, lambda y: y.add_(1)),
    "a slice": lambda s, x, h: first(h, lambda y: y[:, :2].relu_()),
    "a view": lambda s, x, h: first(h, lambda y: y.view(3, 1)[1].add_(1)),
    "a transposed view": lambda s, x, h: first(h, lambda y: y.t()[::2].mul_(2)),
    "an expanded view read": lambda s, x, h: h.unsqueeze(0).expand(2, 1, 3).sum(0),
    "chunks": lambda s, x, h: first(h, lambda y: y.chunk(3, 1)[2].neg_()),
    "an item": lambda s, x, h: first(h, lambda y: assign(y, (slice(None), 0), x[:, 1])),
    "all items": lambda s, x, h: first(h, lambda y: assign(y, ..., x)),
    "a mask": lambda s, x, h: first(h, lambda y: assign(y, (0, s.whole > 0), 0.5)),
    "indices": lambda s, x, h: first(h, lambda y: assign(y, (0, [2, 0]), x[0, :2])),
    "copy_": lambda s, x, h: first(h, lambda y: y.copy_(x)) + h,
    "out=": lambda s, x, h: torch.add(x, 1, out=h) + h,
    "out= of a fresh tensor": lambda s, x, h: torch.mul(h, 2, out=torch.empty(1, 3)),
    "+=": lambda s, x, h: (x.__iadd__(h), x + h)[1],
    "memory made first": lambda s, x, h: scratch(h),
    "memory made first, written twice": lambda s, x, h: overlapping(x, h),
    "circular padding": lambda s, x, h: F.pad(h.unsqueeze(1), (2, 1), mode="circular"),
    "fill and zero": lambda s, x, h: first(h, lambda y: (y[:, 0].fill_(2), y[:, 1].zero_())),
    "data": lambda s, x, h: first(h, swap),
    "detached": lambda s, x, h: (h.detach().relu_(), h)[1],
    "a buffer": lambda s, x, h: h * s.held + s.held,
    "integers": lambda s, x, h: h * s.whole + s.whole // 2,
    "scalars": lambda s, x, h: 1 - (h / 4 - 3) * 2 + 0.5,
    "a scalar of no dimensions": lambda s, x, h: (h.sum() / 2 + torch.tensor(0.5)).reshape(1),
    "a wider type": lambda s, x, h: h.double() + 1,
    "its own type": lambda s, x, h: h.float().to(torch.float32).type_as(x),
    "chosen by constants": lambda s, x, h: torch.where(s.held > 0, h, x),
    "masked": lambda s, x, h: h.masked_fill(s.whole < 0, 0.25),
    "extremes": lambda s, x, h: torch.cat([h.amax(1), h.min(1).values, h.max().view(1)]),
    "a view in place": lambda s, x, h: h.unsqueeze_(0).transpose_(1, 2).squeeze_().relu_() + h,
    "vmap": lambda s, x, h: torch.vmap(lambda r: s.a(r).relu())(x),
    "norms": lambda s, x, h: torch.stack([h.norm(p=1), h.norm(p=float("inf"))]),
    "einsum": lambda s, x, h: torch.einsum("bi,oi->bo", h, s.a.weight),
    "bits of shape": lambda s, x, h: h.reshape(x.shape[0], -1).tril(1).roll(1, 1),
}


def agree(module: Any, network: Any) -> None:
    """Exactly the module's values in float64 at dyadic points, some with ties and zeros."""
    module = certify_copy(module)
    for point in ([1.0, 2.0, -3.0], [0.5, 0.0, 0.0], [-1.5, -1.5, 4.0], [-2.0, 0.25, 1.0]):
        with torch.no_grad():
            theirs = module(torch.tensor([point], dtype=torch.float64)).reshape(-1).tolist()
        assert list(network([Q(v) for v in point])) == [Q(v) for v in theirs]


def certify_copy(module: Any) -> Any:
    import copy

    return copy.deepcopy(module).double().eval()


@pytest.mark.parametrize("label", SAME)
def test_read_as_it_runs(label: str) -> None:
    module = Net(SAME[label])
    before = {k: v.clone() for k, v in module.state_dict().items()}
    state = torch.get_rng_state()
    agree(module, from_torch(module))
    assert module.training and torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(v, before[k]) for k, v in module.state_dict().items())


def counted(s: Any, x: Any, h: Any) -> Any:
    s.held += 1
    return h * s.held


def cached(s: Any, x: Any, h: Any) -> Any:
    if "kept" not in s.__dict__:
        s.__dict__["kept"] = h.clone()
    return s.__dict__["kept"] + x


def numbered(s: Any, x: Any, h: Any) -> Any:
    s.__dict__["n"] = s.__dict__.get("n", 0) + 1
    return h * s.__dict__["n"]


def transposed(h: Any, turn: Any) -> Any:
    h = h[:, :1] - h[:, 1:].t()
    past = h > 1000
    return torch.where(turn(past), h - 1000, torch.zeros(()))


def other_part(h: Any) -> Any:
    past = h > 1000
    part = past.as_strided(h.shape, (3, 0))
    return torch.where(part, h - 1000, torch.zeros(()))


REFUSED = {
    "a buffer changes": (counted, "writes to a tensor that outlives the call"),
    "what a call leaves behind": (cached, "what was read is not what the module computes"),
    "a counter": (numbered, "what was read is not what the module computes"),
    "a value in Python": (lambda s, x, h: h * float(h.sum()), "a computed value decides"),
    "a list of values": (
        lambda s, x, h: h + torch.tensor(h.tolist()),
        "tolist': a computed value leaves",
    ),
    "numpy": (
        lambda s, x, h: h + torch.from_numpy(h.numpy() * 2),
        "numpy': a computed value leaves",
    ),
    # what follows differs only past 1000, where no point lies
    "a branch on a list": (lambda s, x, h: h * 2 if max(h.tolist()[0]) > 1000 else h, "leaves"),
    "a branch on numpy": (lambda s, x, h: h * 2 if (h > 1000).numpy().any() else h, "leaves"),
    "asarray": (lambda s, x, h: h * 2 if (np.asarray(h) > 1000).any() else h, "leaves"),
    "dlpack": (lambda s, x, h: h * 2 if (np.from_dlpack(h) > 1000).any() else h, "leaves"),
    "an address": (lambda s, x, h: h * (2 if h.data_ptr() % 2 else 1), "leaves"),
    "allclose": (lambda s, x, h: h * 2 if torch.allclose(h, h * 0 + 1001) else h, "decides"),
    "a transposed mask": (lambda s, x, h: transposed(h, torch.Tensor.t), "depends on the input"),
    "a mask's other part": (lambda s, x, h: h + other_part(h), "depends on the input"),
    "random": (lambda s, x, h: h + torch.rand(3), "draws random numbers"),
    "half": (lambda s, x, h: h.half().float(), "rounds a computed value"),
    "into a narrower one": (lambda s, x, h: x.copy_(h.double() + 0.1), "rounds a computed"),
    "integers of values": (lambda s, x, h: h.long() * 2, "depends on the input"),
    "an index": (lambda s, x, h: h[:, h.argmax()], "decides"),
    "complex": (lambda s, x, h: (h + 1j).real, "complex"),
    "bits": (lambda s, x, h: h.view(torch.int32) + 1, "is read as"),
    "inf": (lambda s, x, h: h + float("inf"), "NaN or infinite"),
    "a square": (lambda s, x, h: h**2, "not piecewise linear"),
    "nothing of the input": (lambda s, x, h: torch.zeros(3), "unused"),
}


@pytest.mark.parametrize("label", REFUSED)
def test_refused_by_name(label: str) -> None:
    run, message = REFUSED[label]
    with pytest.raises(Malformed) as caught:
        from_torch(Net(run))
    assert message in str(caught.value) and "\n" not in str(caught.value)


def sequential(change: Any) -> Any:
    part = linear([[1.0, 0.5], [-1.0, 2.0]], [0.5, -0.25])
    found = change(part)
    return found if isinstance(found, nn.Module) else nn.Sequential(part, nn.ReLU())


class Tripled(nn.Linear):
    def forward(self, x: Any) -> Any:
        return 3 * super().forward(x)


class Halved(nn.Module):
    def forward(self, weight: Any) -> Any:
        return weight / 2


def tripled(part: Any) -> Any:
    found = Tripled(2, 2)
    found.load_state_dict(part.state_dict())
    return nn.Sequential(found)


def on_top(part: Any) -> Any:
    net = nn.Sequential(part)
    net.register_forward_hook(lambda m, i, o: o + 1)
    return net


CHANGED = {
    "a hook": lambda p: p.register_forward_hook(lambda m, i, o: 2 * o),
    "a hook that writes": lambda p: p.register_forward_hook(lambda m, i, o: o.relu_().add_(1)),
    "a pre-hook": lambda p: p.register_forward_pre_hook(lambda m, i: ((i[0] - 0.5) / 0.25,)),
    "a hook on top": on_top,
    "its own forward": lambda p: setattr(
        p, "forward", types.MethodType(lambda s, x: 2 * F.linear(x, s.weight), p)
    ),
    "a subclass": tripled,
    "a parametrisation": lambda p: nn.utils.parametrize.register_parametrization(
        p, "weight", Halved()
    ),
    "a weight replaced": lambda p: p.weight.data.mul_(2),
}


@pytest.mark.parametrize("label", CHANGED)
def test_hooks_and_patches_are_run(label: str) -> None:
    module = sequential(CHANGED[label])
    network = from_torch(module, (2,))
    copy = certify_copy(module)
    for point in ([1.0, 2.0], [-3.0, 0.5], [0.0, 0.0]):
        theirs = copy(torch.tensor([point], dtype=torch.float64)).reshape(-1).tolist()
        assert list(network(list(map(Q, point)))) == list(map(Q, theirs))


def test_global_hooks_are_run() -> None:
    module = sequential(lambda p: None)
    plain = from_torch(module)
    handle = nn.modules.module.register_module_forward_hook(
        lambda m, i, o: o + 1 if isinstance(m, nn.ReLU) else None
    )
    try:
        assert from_torch(module)([1, 2]) == tuple(v + 1 for v in plain([1, 2]))
    finally:
        handle.remove()


@pytest.mark.parametrize("norm", ["weight_norm", "spectral_norm"])
@pytest.mark.parametrize("new", [False, True])
@pytest.mark.filterwarnings("ignore")
def test_norms_of_weights(norm: str, new: bool) -> None:
    """The weight is what torch computes in the module's type."""
    place = nn.utils.parametrizations if new else nn.utils
    module = getattr(place, norm)(linear([[3.0, 4.0], [1.0, 2.0]])).eval()
    network = from_torch(nn.Sequential(module))
    module(torch.zeros(1, 2))  # the old ones compute their weight in a call
    assert network([1, 0]) == tuple(Q(v) for v in module.weight[:, 0].tolist())


def test_the_false_claim_is_refuted() -> None:
    class Before(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.r = linear([[1.0]]), nn.ReLU(inplace=True)

        def forward(self, x: Any) -> Any:
            h = self.a(x)
            return self.r(h) + h

    on = certify.box([-1], ["-1/2"])
    assert certify.prove(certify.output(Before(), on=on, holds="y0 <= -1/2")).verdict == "refuted"
    assert certify.prove(certify.output(Before(), on=on, holds="y0 <= 0")).verdict == "proved"


def test_a_misreading_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    module = nn.Sequential(
        *(nn.Sequential(linear([[1.0, 0.5], [-1.0, 2.0]]), nn.ReLU6()) for _ in "abc")
    )
    monkeypatch.setitem(steps.FUNCTIONS, "hardtanh", lambda r, x, *_: r.op("Relu", x))
    with pytest.raises(Malformed, match=r"torch step '0\.1': torch gives 6\.0 at \["):
        from_torch(module)
    silent = Reading(replay=False, say=lambda text: None)
    assert from_torch(module, reading=silent).depth == 3


def test_without_a_replay_it_is_said() -> None:
    with pytest.warns(ReadingNote, match="not replayed"):
        certify.from_torch(linear([[1.0]]), replay=False)


class Lazy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.LazyLinear(2)


ODD = [
    ("hello", "'hello' is not a torch.nn.Module"),
    (3, "3 is not a torch.nn.Module"),
    (nn.Sequential(nn.LazyLinear(2)), "weight is lazy"),
    (nn.Linear(2, 2, device="meta"), "weight is on the device meta"),
]


@pytest.mark.parametrize(("module", "message"), ODD)
@pytest.mark.filterwarnings("ignore")
def test_what_is_no_module(module: Any, message: str) -> None:
    with pytest.raises(CertifyError) as caught:
        certify.from_torch(module, (2,))
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore")
def test_compiled_modules_are_refused() -> None:
    for compiled in (torch.compile(nn.Linear(2, 2)), torch.jit.script(nn.Linear(2, 2))):
        with pytest.raises(CertifyError, match="pass the module that it was made of"):
            certify.from_torch(compiled, (2,))


def test_without_torch() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import certify\n"
        "class M:\n    def state_dict(self): pass\n"
        "try: certify.from_torch(M())\n"
        "except certify.CertifyError as error: print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == (
        "this needs torch, which is not installed: pip install 'certify[torch]'"
    )


def test_torch_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    class Raising(nn.Module):
        def forward(self, x: Any) -> Any:
            raise KeyError("two\nlines")

    with pytest.raises(CertifyError, match="the module cannot be traced: 'two"):
        certify.from_torch(Raising(), (2,))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["linear", "conv", "alone"])
def test_batch_norm_fused_in_the_own_type(kind: str) -> None:
    """The numbers of torch's own fusion; right before it, without, the square root refuses."""
    torch.manual_seed(3)
    norm = nn.BatchNorm2d(2) if kind == "conv" else nn.BatchNorm1d(2)
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.5, 2)
    with torch.no_grad():
        norm.weight.normal_()
        norm.bias.normal_()
    norm.eval()
    if kind == "alone":
        network = certify.from_torch(nn.Sequential(norm), (2,), fuse=True)
        x = torch.tensor([[0.5, -3.0]])
        assert [float(v) for v in network([Q(1, 2), -3])] == pytest.approx(
            norm(x)[0].tolist(), rel=1e-5
        )
        return
    part = nn.Conv2d(1, 2, 2) if kind == "conv" else nn.Linear(3, 2)
    fuse = getattr(nn.utils.fusion, f"fuse_{kind}_bn_eval")
    shape = (1, 3, 3) if kind == "conv" else (3,)
    module = nn.Sequential(part, norm, nn.ReLU()).eval()
    with pytest.raises(CertifyError, match="fuse=True"):
        certify.from_torch(module, shape)
    fused = nn.Sequential(fuse(part.eval(), norm), nn.ReLU())
    assert certify.from_torch(module, shape, fuse=True) == certify.from_torch(fused, shape)


@pytest.mark.parametrize("shape", ["ab", (-1,), 2, (2.0,), (1 << 40,)])
def test_what_is_no_shape(shape: Any) -> None:
    with pytest.raises(CertifyError, match="is not the shape of an input"):
        certify.from_torch(nn.Linear(2, 2), shape)
