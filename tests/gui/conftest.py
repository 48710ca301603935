"""Docks as a user meets them: made by napari through the manifest, their controls found by Qt name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from docks import AnyDock
from shared_viewer import SharedViewer

import napari_deconvolve as nd
from napari_deconvolve._napari.docks.psf import presets
from napari_deconvolve._napari.layers.psf_layers import psf_layer_data

SPACING = (0.3, 0.1, 0.1)
LIMIT = 240_000  # ms that a run may take before a test is given up


@pytest.fixture(scope="session", autouse=True)
def manifests_read_once() -> Iterator[None]:
    """Let npe2 read the manifests of the installed plugins once, and not once per viewer; no settings are written."""
    from napari.settings import get_settings
    from npe2 import PluginManifest

    found = list(PluginManifest.discover())
    get_settings()._save_on_change = False
    with patch.object(PluginManifest, "discover", lambda paths=(): iter(found)):
        yield


@pytest.fixture(autouse=True)
def own_microscopes(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test read or write the microscopes and presets of whoever runs it."""
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setattr(presets, "presets_path", lambda: folder / presets.FILE)


class Dock(AnyDock):
    """The dock "Deconvolve"."""

    title = "Deconvolve"

    def wait(self, condition: Callable[[], Any]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=LIMIT)

    def wait_for_end(self) -> None:
        self.wait(lambda: not self["stop"].isEnabled())

    def run(self, **settings: Any) -> Any:
        for name, value in settings.items():
            if isinstance(value, str):
                self.choose(name, value)
            else:
                self[name].setValue(value)
        self.click("run")
        self.wait_for_end()
        return self.viewer.layers.selection.active

    def state(self) -> str:
        """Return what is said of the run: why there is none, its outcome, its warnings, and the status in the foot."""
        runs, review = self.widget._runs, self.widget._review
        parts = (review.reason, self["state"].text(), *runs.warned, self["status"].text())
        return " ".join(part for part in parts if part)

    def words(self, name: str) -> str:
        """Return what a label says, with plain spaces."""
        return str(self[name].text()).replace("\u00a0", " ")

    @property
    def session(self) -> Any:
        """The dock's last run."""
        return self.widget._runs.session


@pytest.fixture(scope="session")
def shared_viewers(qapp) -> Iterator[SharedViewer]:
    shared = SharedViewer()
    yield shared
    shared.close()


@pytest.fixture
def viewer(qtbot, request, shared_viewers) -> Iterator[Any]:
    """Return an empty viewer, which other tests have used."""
    yield shared_viewers.get(styled="styled_viewer" in request.fixturenames)
    shared_viewers.put_back()


@pytest.fixture
def styled_viewer() -> None:
    """Let `viewer` have napari's style sheet: for tests of places and sizes."""


@pytest.fixture
def unused_viewer(styled_viewer, shared_viewers) -> None:
    """Let `viewer` be a new one: for tests that show its window, since what is drawn depends on what was there."""
    shared_viewers.close()


@pytest.fixture
def make_napari_viewer(unused_viewer, make_napari_viewer):
    """Return napari's maker of viewers, which accepts no others beside its own."""
    return make_napari_viewer


@pytest.fixture
def psf():
    return nd.psf.gaussian((0.9, 0.3, 0.3), SPACING)


def cells(shape=(12, 32, 40), seed=0):
    """Spots on a background, blurred and with noise."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape, np.float32)
    for _ in range(12):
        truth[tuple(rng.integers(2, length - 2) for length in shape)] = rng.uniform(2e3, 1e4)
    blurred = nd.convolve(truth, nd.psf.gaussian((3, 3, 3)[: len(shape)], ndim=len(shape)))
    return rng.poisson(blurred + 100).astype(np.float32)


@pytest.fixture
def image():
    return cells()


def add_image(viewer, data, name="cells", **more):
    ndim = data[0].ndim if isinstance(data, list) else data.ndim
    keywords = {
        "scale": SPACING[-ndim:],
        "units": ("um",) * ndim,
        "axis_labels": ("t", "z", "y", "x")[-ndim:],
        "translate": (5.0, 6.0, 7.0)[-ndim:],
        **more,
    }
    return viewer.add_image(data, name=name, **keywords)


def add_psf(viewer, psf, name="PSF"):
    data, keywords, _ = psf_layer_data(psf, name)
    return viewer.add_image(data, **keywords)


@pytest.fixture
def good():
    """Return a PSF without faults."""
    return nd.psf.gaussian((1.2, 0.4, 0.4), SPACING)


def spoiled(psf, *, off=(0, 2, 0), pedestal=0.0, even=True):
    """Give samples that need preparation."""
    room = [(1, 0 if even else 1)] * psf.ndim
    values = np.roll(np.pad(psf.data / psf.data.max(), room), off, range(psf.ndim))
    return (values + pedestal).astype(np.float32)


def plain(image, psf, iterations, **how):
    """Return what the dock's settings with a number of iterations come to."""
    return nd.richardson_lucy(image, psf, iterations, background="auto", acceleration="nesterov", **how)


@pytest.fixture
def dock(viewer, qtbot, image, psf):
    """The dock with an image and a PSF chosen."""
    add_image(viewer, image)
    add_psf(viewer, psf)
    return Dock(viewer, qtbot)
