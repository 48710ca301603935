"""The sample data: known answers, placed and named so that the docks work on them at once."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve import phantoms

PLUGIN = "napari-deconvolve"
PHANTOMS = {name: phantoms.SAMPLES[name].make for name in ("cell", "chart", "beads", "spectra")}


@pytest.fixture(scope="module", params=PHANTOMS)
def phantom(request: pytest.FixtureRequest) -> phantoms.Phantom:
    return PHANTOMS[request.param]()


def test_counts_are_what_the_psf_makes_of_the_truth(phantom: phantoms.Phantom) -> None:
    expected = nd.convolve(phantom.truth, phantom.psf, boundary="zero") + phantom.background
    counts = phantom.counts.astype(float)
    # Poisson: the squared distance over the expectation is 1 on average, to within a few standard errors.
    assert np.mean((counts - expected) ** 2 / expected) == pytest.approx(1, abs=0.05)
    assert np.mean(counts - expected) == pytest.approx(0, abs=0.3)


def test_counts_are_far_from_saturation(phantom: phantoms.Phantom) -> None:
    assert phantom.counts.dtype == np.uint16
    assert phantom.counts.max() < 60_000
    assert phantom.truth.min() >= 0


def test_everything_has_an_axis_entry(phantom: phantoms.Phantom) -> None:
    ndim = phantom.counts.ndim
    assert phantom.truth.shape == phantom.counts.shape
    assert len(phantom.spacing) == len(phantom.units) == len(phantom.axis_labels) == ndim
    assert phantom.psf.spacing == pytest.approx(phantom.spacing[-phantom.psf.ndim :])


@pytest.mark.parametrize("make", PHANTOMS.values(), ids=PHANTOMS)
def test_the_same_seed_gives_the_same_counts(make) -> None:
    assert np.array_equal(make(3).counts, make(3).counts)
    assert not np.array_equal(make(3).counts, make(4).counts)


def test_deconvolution_comes_nearer_to_the_truth(phantom: phantoms.Phantom) -> None:
    """At the resolution of half the PSF's width: single points have no finite error."""
    half = nd.psf.gaussian(tuple(width / 2 for width in phantom.psf.fwhm), phantom.psf.spacing)
    truth = nd.convolve(phantom.truth, half)
    result = nd.deconvolve(phantom.counts, phantom.psf)

    def error(estimate: np.ndarray) -> float:
        return float(np.linalg.norm(nd.convolve(estimate, half) - truth) / np.linalg.norm(truth))

    assert error(result.estimate) < 0.6 * error(phantom.counts - phantom.background)


def test_the_cell_lies_inside_the_frame() -> None:
    cell = phantoms.cell()
    for axis in range(3):
        ends = np.take(cell.truth, [0, -1], axis=axis)
        assert ends.max() < 1e-3 * cell.truth.max()


# ---- as layers

samples = pytest.importorskip("napari_deconvolve._napari.layers.samples", reason="napari is not installed")


@pytest.fixture
def viewer():
    from napari.components import ViewerModel
    from npe2 import PluginManager, PluginManifest

    manager = PluginManager.instance()
    if PLUGIN not in manager:
        manager.register(PluginManifest.from_distribution(PLUGIN))
    return ViewerModel()


@pytest.mark.parametrize(("key", "ndim"), [("cell", 3), ("chart", 2), ("beads", 3), ("spectra", 2)])
def test_a_sample_opens_with_truth_measurement_and_psf(viewer, key: str, ndim: int) -> None:
    viewer.open_sample(PLUGIN, key)
    truth, counts, psf = viewer.layers
    assert (truth.name, counts.name, psf.name) == (
        f"simulated {key} · truth",
        f"simulated {key}",
        f"PSF of simulated {key}",
    )
    assert (truth.visible, counts.visible, psf.visible) == (False, True, True)
    assert viewer.dims.ndim == ndim
    assert len({tuple(map(str, layer.units)) for layer in viewer.layers}) == 1, "napari would warn"
    assert len({layer.axis_labels for layer in viewer.layers}) == 1
    assert np.allclose(truth.scale, counts.scale)
    assert counts.contrast_limits[1] > np.median(counts.data)


@pytest.mark.parametrize("key", PHANTOMS)
def test_the_psf_layer_is_the_very_psf(viewer, key: str) -> None:
    from napari_deconvolve._napari.layers.psf_layers import is_psf_layer, layer_to_psf

    viewer.open_sample(PLUGIN, key)
    layer, psf = viewer.layers[-1], PHANTOMS[key]().psf
    assert is_psf_layer(layer)
    back = layer_to_psf(layer)
    assert np.array_equal(back.data, psf.data)
    assert back.spacing == pytest.approx(psf.spacing)
    assert back.unit == psf.unit


@pytest.mark.parametrize("key", ["cell", "chart"])
def test_the_psf_is_an_inset_of_the_image(viewer, key: str) -> None:
    viewer.open_sample(PLUGIN, key)
    image, psf = viewer.layers[1], viewer.layers[-1]
    assert (psf.extent.world[0] >= image.extent.world[0]).all()
    assert (psf.extent.world[1] <= image.extent.world[1]).all()


def test_the_gap_spectrum_is_one_row_with_its_kernel(viewer) -> None:
    from napari_deconvolve._napari.layers.psf_layers import layer_to_psf

    viewer.open_sample(PLUGIN, "gap_spectrum")
    truth, counts, psf = viewer.layers
    one = phantoms.gap_spectrum()
    assert (counts.name, counts.data.shape, str(counts.units[-1])) == ("gap spectrum", (1, 1001), "millielectron_volt")
    assert np.array_equal(counts.data[0], one.counts)
    assert counts.translate[-1] == truth.translate[-1] == -10  # meV: the gap lies at 0
    assert psf.extent.world[0][-1] >= counts.extent.world[0][-1]
    assert np.array_equal(layer_to_psf(psf).data, one.psf.data)
    assert truth.data.max() == pytest.approx(1959, abs=1)  # Dynes: |Re (E - iG)/sqrt((E - iG)^2 - D^2)|
    assert abs(truth.data[0, 500] - 1000 * 0.1 / np.hypot(0.1, 1)) < 0.01


def test_the_menu_offers_the_samples_of_the_table() -> None:
    from npe2 import PluginManifest

    manifest = PluginManifest.from_distribution(PLUGIN)
    offered = {one.key: one.display_name for one in manifest.contributions.sample_data or []}
    assert offered == {name: known.title for name, known in phantoms.SAMPLES.items()}
    titles = {command.python_name.split(":")[1]: command.title for command in manifest.contributions.commands or []}
    assert {name: titles[name] for name in offered} == offered
