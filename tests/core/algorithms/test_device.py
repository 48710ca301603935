"""The iteration on a device takes the steps of the CPU's, to rounding."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from device_kinds import DEVICES, strict

import napari_deconvolve as nd
from napari_deconvolve.core import device
from napari_deconvolve.core.accelerations.steps import Steps
from napari_deconvolve.core.algorithms.device_richardson_lucy import DeviceRichardsonLucy
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.device import COMPAT, Device, DeviceMemoryError
from napari_deconvolve.core.likelihood.noise import PoissonData, poisson_data
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.operators.device_blur import DeviceBlur, box_for
from napari_deconvolve.core.operators.sieve import Sieve
from napari_deconvolve.core.priors.hessian import Hessian
from napari_deconvolve.core.priors.tikhonov import Tikhonov
from napari_deconvolve.core.priors.total_variation import TotalVariation

SINGLE = np.dtype("float32")
CLOSE = 1e-4  # of the estimate's norm, after 40 iterations that look ahead


def scene(shape: tuple[int, ...], kind: str = "plain", light: float = 200.0) -> PoissonData:
    random = np.random.default_rng(1)
    truth = np.zeros(shape)
    truth[tuple(random.integers(0, length, 12) for length in shape)] = 1
    blurred = np.asarray(nd.convolve(truth, nd.psf.gaussian(4.0, ndim=len(shape))))
    image: Any = random.poisson(blurred / blurred.max() * light + 5).astype(np.uint16)
    mask, background, level = None, 5.0, 0.0
    if kind == "mask":
        mask = np.ones(shape, bool)
        mask[tuple(slice(n // 3, n // 2) for n in shape)] = False
    if kind == "saturated":
        image[image > light / 2] = np.iinfo(np.uint16).max
    if kind == "negative":
        level = 4.0  # of a camera: some samples lie below it
    if kind == "surface":
        background = np.full(shape, 4.0) + np.linspace(0, 2, shape[-1])  # type: ignore[assignment]
    return poisson_data(image, background=background, dtype=SINGLE, mask=mask, level=level)


def both(device: Any, noise: PoissonData, boundary: Any = "extended", count: int = 40, **how: Any) -> tuple[Any, Any]:
    shape = noise.data.shape
    psf = nd.psf.gaussian(3.0, ndim=len(shape)).data
    if how.get("sieve"):
        psf = how["sieve"].widen(psf)
    padded = how.pop("padded", ())
    momentum = how.pop("momentum", True)
    here = RichardsonLucy(
        Blur(psf, shape, boundary, SINGLE, workers=1, padded=padded),
        noise,
        acceleration="nesterov" if momentum else None,
        **how,
    )
    there = DeviceRichardsonLucy(
        DeviceBlur(device, psf, shape, boundary, SINGLE, padded), noise, momentum=momentum, **how
    )
    for _ in range(count):
        here.step()
        there.step()
        assert here.restarted == there.restarted
    return here, there


def difference(here: Any, there: Any) -> float:
    first, second = here.snapshot(), there.snapshot()
    assert first.shape == second.shape
    assert first.dtype == second.dtype
    assert not second.flags.writeable
    return float(np.linalg.norm(first - second) / np.linalg.norm(first))


@pytest.mark.parametrize("kind", DEVICES)
@pytest.mark.parametrize("shape", [(41, 52), (9, 24, 31)])
@pytest.mark.parametrize("boundary", ["extended", "periodic", "zero"])
def test_forty_accelerated_iterations_are_those_of_the_cpu(kind: Any, shape: tuple[int, ...], boundary: str) -> None:
    here, there = both(kind(), scene(shape), boundary)
    assert difference(here, there) < CLOSE
    assert there.deviance == pytest.approx(here.deviance, rel=1e-4)
    assert there.objective == pytest.approx(here.objective, rel=1e-4)
    assert there.iteration == 40


@pytest.mark.parametrize("kind", DEVICES)
@pytest.mark.parametrize("data", ["mask", "saturated", "negative", "surface"])
def test_odd_data_are_those_of_the_cpu(kind: Any, data: str) -> None:
    here, there = both(kind(), scene((41, 52), data))
    assert difference(here, there) < CLOSE
    assert there.deviance == pytest.approx(here.deviance, rel=1e-4)


@pytest.mark.parametrize("kind", DEVICES)
@pytest.mark.parametrize("prior", [TotalVariation(0.01), Hessian(0.01), Tikhonov(0.01)], ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("shape", "boundary"),
    [((41, 52), "extended"), ((9, 24, 31), "extended"), ((24, 31), "periodic"), ((24, 31), "zero")],
)
def test_priors_are_those_of_the_cpu(kind: Any, prior: Any, shape: tuple[int, ...], boundary: str) -> None:
    here, there = both(kind(), scene(shape), boundary, prior=prior, spacing=(1.5, 1.0, 1.2)[-len(shape) :])
    assert difference(here, there) < CLOSE
    assert there.objective == pytest.approx(here.objective, rel=1e-4)


@pytest.mark.parametrize("kind", DEVICES)
@pytest.mark.parametrize(
    "how",
    [
        {"momentum": False},
        {"sieve": Sieve((1.5, 1.5))},
        {"steps": Steps(frozenset({3, 7}))},
        {"padded": (True, False)},
        {"start": np.full((41, 52), 30.0)},
    ],
    ids=lambda how: next(iter(how)),
)
def test_all_that_an_iteration_may_have_is_that_of_the_cpu(kind: Any, how: Any) -> None:
    here, there = both(kind(), scene((41, 52)), **how)
    assert difference(here, there) < CLOSE


@pytest.mark.parametrize("kind", DEVICES)
def test_looking_ahead_starts_again_where_the_deviance_rises(kind: Any) -> None:
    """On data below their background it does so within four steps."""
    image = np.random.default_rng(1).poisson(6.0, (41, 52)).astype(np.float32)
    image[20, 25] = 400
    noise = poisson_data(image, background=6.0, dtype=SINGLE, level=6.0)
    psf, steps = nd.psf.gaussian(3.0, ndim=2).data, []
    here = RichardsonLucy(Blur(psf, (41, 52), "extended", SINGLE, workers=1), noise, acceleration="nesterov")
    there = DeviceRichardsonLucy(DeviceBlur(kind(), psf, (41, 52), "extended", SINGLE), noise)
    for _ in range(5):
        here.step()
        there.step()
        steps.append((here.restarted, there.restarted))
    assert (True, True) in steps
    assert all(first == second for first, second in steps)
    assert difference(here, there) < 2e-3  # data below their background multiply rounding


@pytest.mark.parametrize("kind", DEVICES)
def test_the_adjoint_is_exact(kind: Any) -> None:
    random, psf, device = np.random.default_rng(0), nd.psf.gaussian((3.0, 5.0)).data, kind()
    for boundary in ("extended", "periodic", "zero"):
        blur = DeviceBlur(device, psf, (21, 30), boundary, np.dtype("float64"))
        u, v = random.normal(size=blur.domain), random.normal(size=blur.frame)
        forward, back = (device.get(one) for one in (blur.forward(device.put(u)), blur.adjoint(device.put(v))))
        assert float(np.sum(forward * v)) == pytest.approx(float(np.sum(u * back)), rel=1e-10)
        same = Blur(psf, (21, 30), boundary, np.dtype("float64"))
        assert np.allclose(forward, same.forward(u), atol=1e-12)


def test_even_lengths_where_a_device_has_no_others() -> None:
    device = strict(even=True)
    plan = box_for(device, (41, 35), (9, 11), "extended")
    assert box_for(strict(), (41, 35), (9, 11), "extended").box[-1] % 2 == 1
    assert plan.box[-1] % 2 == 0
    here, there = both(device, scene((41, 35 - 0)))
    assert difference(here, there) < CLOSE
    with pytest.raises(nd.ParameterError, match="even lengths alone"):
        box_for(device, (41, 35), (9, 11), "periodic")


def test_a_wrong_transform_is_found_at_once() -> None:
    device = strict()

    class Wrong:
        def __getattr__(self, name: str) -> Any:
            return getattr(device.xp, name)

        class fft:  # noqa: N801
            rfftn = staticmethod(device.xp.fft.rfftn)
            irfftn = staticmethod(lambda values, **how: 1.1 * device.xp.fft.irfftn(values, **how))

    broken = type(device)(Wrong(), None, "broken GPU")
    with pytest.raises(nd.ParameterError, match="broken GPU is wrong for the shape"):
        DeviceBlur(broken, nd.psf.gaussian(3.0, ndim=2).data, (20, 30), "extended", SINGLE)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("out of memory"),
        RuntimeError("CUDA out of memory. Tried"),
        type("OutOfMemoryError", (Exception,), {})("x"),
    ],
)
def test_memory_that_ran_out_is_told_from_other_errors(error: Exception) -> None:
    def fails() -> None:
        raise error

    def others() -> None:
        raise RuntimeError("another")

    with pytest.raises(DeviceMemoryError, match="strict GPU ran out"):
        strict().checked(fails)
    with pytest.raises(RuntimeError, match="another"):
        strict().checked(others)


@pytest.mark.parametrize("kind", DEVICES)
def test_a_rehearsal_changes_nothing(kind: Any) -> None:
    noise, psf, device = scene((41, 52)), nd.psf.gaussian(3.0, ndim=2).data, kind()
    first, second = (DeviceRichardsonLucy(DeviceBlur(device, psf, (41, 52), "extended", SINGLE), noise) for _ in "ab")
    for _ in range(3):
        first.rehearse()
        first.step()
        second.step()
    assert np.array_equal(first.snapshot(), second.snapshot())


# ---- which GPU there is


def finder(monkeypatch: Any, **libraries: Any) -> Device | None:
    """Return the GPU that is found where these libraries alone are installed."""
    known = {device.COMPAT, *libraries}
    monkeypatch.setattr(device.importlib.util, "find_spec", lambda name: name if name in known else None)
    monkeypatch.setattr(device.importlib, "import_module", lambda name: libraries.get(name, f"the namespace {name}"))
    return device.find_gpu.__wrapped__()


def library(cuda: bool = False, mps: bool = False) -> Any:
    backend = SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps))
    known = {"is_available": lambda: cuda, "get_device_name": lambda: "NVIDIA H200", "mem_get_info": lambda: (9, 10)}
    room = SimpleNamespace(recommended_max_memory=lambda: 12, current_allocated_memory=lambda: 5)
    return SimpleNamespace(cuda=SimpleNamespace(**known), backends=backend, mps=room)


def test_the_first_library_that_finds_a_gpu_is_taken(monkeypatch: Any) -> None:
    found = finder(monkeypatch, torch=library(cuda=True))
    assert found is not None
    assert (found.label, found.place, found.xp) == ("GPU (NVIDIA H200)", "cuda", f"the namespace {COMPAT}.torch")
    assert found.room() == 9
    assert found.double
    apple = finder(monkeypatch, torch=library(mps=True))
    assert apple is not None
    assert (apple.place, apple.room(), apple.double, apple.even) == ("mps", 7, False, True)


def test_no_gpu_without_a_library_or_a_device(monkeypatch: Any) -> None:
    assert finder(monkeypatch) is None
    assert finder(monkeypatch, torch=library()) is None
    assert finder(monkeypatch, cupy=object()) is None, "a library that fails is passed by"
