"""Whatever ends a computation beside the window is said, and the next run works: also what would end the program."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from batch_dock import BatchDock
from conftest import SPACING, Dock, cells
from psf_dock import Dock as PSFDock
from qtpy.QtWidgets import QLabel
from scenes import LONG, Scene

import napari_deconvolve as nd
from napari_deconvolve._napari.docks.spectrum.session import SpectrumSession
from napari_deconvolve.cli.batch.plan import BatchRun
from napari_deconvolve.core.transforms.fft import SlabFFT


class Fatal(BaseException):
    """An error that no `except Exception` sees."""


ENDS = (
    KeyboardInterrupt(), SystemExit(3), Fatal("a library's own"), MemoryError(), RecursionError("too deep"),
    ZeroDivisionError("oh"), StopIteration("early"), OSError(28, "No space left on device"),
)  # fmt: skip


def words_of(error: BaseException) -> str:
    return "not enough memory" if isinstance(error, MemoryError) else "failed unexpectedly"


def raising(error: BaseException, a_generator: bool = False) -> Callable[..., Any]:
    """Return a function that raises, or a generator that does at its first step."""

    def failing(*args, **how):
        raise error

    def steps(*args, **how):
        raise error
        yield

    return steps if a_generator else failing


@pytest.fixture
def broken(monkeypatch):
    """Let the transforms raise an error from the n-th on, in threads beside the window, until they are mended."""
    sound = SlabFFT.filter

    def set_up(error: BaseException | None, after: int = 5) -> None:
        count = itertools.count()

        def failing(self, *args, **how):
            if threading.current_thread() is not threading.main_thread() and next(count) >= after:
                raise error
            return sound(self, *args, **how)

        monkeypatch.setattr(SlabFFT, "filter", sound if error is None else failing)

    return set_up


@pytest.mark.parametrize("title", LONG)
def test_a_run_that_is_ended_by_anything_says_so(viewer, qtbot, broken, title):
    scene = Scene(viewer, qtbot, title)
    for error in ENDS:
        broken(error, after=0 if title == "Blur and noise" else 40)
        scene.click("run")
        scene.wait(lambda: not scene.runs.busy)
        assert words_of(error) in scene.end(), error
        assert scene["run"].isEnabled()
        assert not scene["stop"].isEnabled()
    broken(None)
    scene.runs_again()


class SpectrumDock(Dock):
    title = "Spectrum"

    def set_up(self, tmp_path) -> None:
        path = tmp_path / "lines.csv"
        values = np.random.default_rng(0).poisson(50 + 900 * np.exp(-0.5 * ((np.arange(120) - 50) / 4) ** 2))
        path.write_text("E (meV);signal (counts)\n" + "".join(f"{0.5 * at};{one}\n" for at, one in enumerate(values)))
        self["data"].setText(str(path))
        self["fwhm"].setValue(2.0)
        self["iterations"].setValue(5)

    def ended(self) -> str:
        self.click("run")
        self.wait_for_end()
        return " ".join((self["state"].text(), self.widget._runs.text))


@pytest.mark.parametrize("name", ["_work", "_residual"])
def test_a_spectrum(viewer, qtbot, monkeypatch, tmp_path, name):
    """The run itself, and what is worked out of its result afterwards, still beside the window."""
    dock = SpectrumDock(viewer, qtbot)
    dock.set_up(tmp_path)
    for error in ENDS:
        with monkeypatch.context() as patch:
            patch.setattr(SpectrumSession, name, raising(error))
            assert words_of(error) in dock.ended(), error
    assert "unexpectedly" not in dock.ended()


def test_a_psf(viewer, qtbot, monkeypatch):
    """It is made by a task that answers only its newest question."""
    dock = PSFDock(viewer, qtbot)

    def said(words: str) -> bool:
        return any(words in label.text() for label in dock.widget.findChildren(QLabel))

    for error in ENDS:
        with monkeypatch.context() as patch:
            patch.setattr("napari_deconvolve._napari.docks.psf.making.make", raising(error))
            dock.click("make")
            kind = "memory" if isinstance(error, MemoryError) else type(error).__name__
            qtbot.waitUntil(lambda kind=kind, error=error: said(words_of(error)) and said(kind), timeout=60_000)
    assert dock.made().data.sum() == pytest.approx(1.0)


def test_a_batch(viewer, qtbot, monkeypatch, tmp_path):
    nd.io.write_image(tmp_path / "cell.ome.tif", cells((20, 24)), spacing=SPACING[1:])
    nd.psf.save(nd.psf.gaussian(0.3, SPACING[1:]), tmp_path / "psf.ome.tif")
    (tmp_path / "recipe.json").write_text(nd.Recipe(iterations=2).to_json())
    dock = BatchDock(viewer, qtbot)
    dock.drop(tmp_path / "cell.ome.tif")
    dock.recipe(tmp_path / "recipe.json")
    dock["output"].setText(str(tmp_path / "out"))
    dock.wait(lambda: dock["run"].isEnabled())
    for error in ENDS:
        monkeypatch.setattr(BatchRun, "work", raising(error, a_generator=True))
        dock.click("run")
        dock.wait(lambda: not dock.runs.busy)
        assert words_of(error) in dock.runs.text, error
        assert dock["run"].isEnabled()
