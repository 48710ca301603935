"""One contrast for inputs and results: by common quantiles, and back to what it was."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve._napari.comparison.contrast import SharedContrast, common_limits
from napari_deconvolve._napari.comparison.pairs import pairs_of


@pytest.fixture
def blurred():
    """Spots on a background, with noise, and their deconvolution."""
    rng = np.random.default_rng(3)
    truth = np.zeros((64, 64), np.float32)
    truth[tuple(rng.integers(4, 60, (2, 12)))] = 4000
    psf = nd.psf.gaussian(4.0, ndim=2)
    image = rng.poisson(nd.convolve(truth, psf) + 20).astype(np.float32)
    return image, nd.richardson_lucy(image, psf, 20, background=20.0)


@pytest.fixture
def model():
    from napari.components import ViewerModel

    return ViewerModel()


def test_a_pair_gets_the_same_limits(model, blurred) -> None:
    source, result = (model.add_image(data) for data in blurred)
    shared = SharedContrast()
    shared.apply(pairs_of([(source, result)]))
    assert source.contrast_limits == result.contrast_limits
    low, high = source.contrast_limits
    both = np.concatenate([data.ravel() for data in blurred])
    assert low == pytest.approx(np.percentile(both, 1), abs=1)
    assert np.percentile(both, 99.9) < high <= both.max()


@pytest.mark.parametrize("factor", [1 / 255, 40.0])
def test_a_result_that_counts_in_something_else_is_scaled(model, blurred, factor) -> None:
    image, estimate = blurred
    source, result = model.add_image(image), model.add_image(estimate * np.float32(factor))
    plain = common_limits(model.add_image(image), [model.add_image(estimate)])
    SharedContrast().apply(pairs_of([(source, result)]))
    assert result.contrast_limits[1] / source.contrast_limits[1] == pytest.approx(factor, rel=0.5)
    assert source.contrast_limits[1] == pytest.approx(plain[0][1], rel=0.5)


def test_a_result_of_a_part_is_compared_with_that_part(model, blurred) -> None:
    """The rest of the image may be so dark that the part looks like another scale."""
    image, _ = blurred
    dark = np.zeros((640, 640), np.float32)
    dark[100:164, 200:264] = image
    source = model.add_image(dark, scale=(0.5, 0.5))
    result = model.add_image(image, scale=(0.5, 0.5), translate=(50, 100))
    SharedContrast().apply(pairs_of([(source, result)]))
    assert source.contrast_limits == result.contrast_limits
    assert source.contrast_limits[1] > np.percentile(image, 99)


def test_limits_come_back_unless_somebody_changed_them(model, blurred) -> None:
    source, result = (model.add_image(data, contrast_limits=(5, 70)) for data in blurred)
    other, another = (model.add_image(data, contrast_limits=(5, 70)) for data in blurred)
    ranges = [list(layer.contrast_limits_range) for layer in model.layers]
    shared = SharedContrast()
    shared.apply(pairs_of([(source, result), (other, another)]))
    assert source.contrast_limits != [5, 70]
    another.contrast_limits = (1, 2)
    shared.restore()
    assert [layer.contrast_limits for layer in model.layers] == [[5, 70]] * 3 + [[1, 2]]
    assert [list(layer.contrast_limits_range) for layer in model.layers][:3] == ranges[:3]


def test_several_results_of_an_input_share_its_limits(model, blurred) -> None:
    image, estimate = blurred
    source, first, second = model.add_image(image), model.add_image(estimate), model.add_image(2 * estimate)
    SharedContrast().apply(pairs_of([(source, first), (source, second)]))
    assert source.contrast_limits == first.contrast_limits == second.contrast_limits


def test_odd_layers_are_survived(model) -> None:
    flat = model.add_image(np.full((8, 8), 3.0))
    empty = model.add_image(np.full((8, 8), np.nan), contrast_limits=(0, 1))
    photo = model.add_image(np.zeros((8, 8, 3), np.uint8), rgb=True)
    SharedContrast().apply(pairs_of([(flat, empty), (photo, photo), (empty, empty)]))
    low, high = flat.contrast_limits
    assert low == 3 < high


def test_what_lies_in_a_file_is_not_read_whole(model) -> None:
    dask = pytest.importorskip("dask.array")
    read = []

    def block(block_info=None):
        place = block_info[None]["chunk-location"]
        read.append(place[0])
        return np.full((1, 32, 32), 7 + place[0], np.float32)

    data = dask.map_blocks(block, chunks=((1,) * 9, (32,), (32,)), dtype=np.float32)
    source, result = (model.add_image(data, contrast_limits=(0, 1)) for _ in range(2))
    read.clear()
    SharedContrast().apply(pairs_of([(source, result)]))
    assert set(read) <= {0, 4}, "napari may read the first plane, and the contrast the one in the middle"
    assert source.contrast_limits[0] == 11
