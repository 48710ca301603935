"""Points: the light and its centroid are where they were asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import napari_deconvolve as nd
from napari_deconvolve.psf.description import describe, rebuild


def centroid(psf):
    """Give the centre of the light from the centre sample, in the PSF's unit."""
    data = psf.data.astype(float)
    grids = np.indices(data.shape)
    return [
        float((grid - n // 2).ravel() @ data.ravel() / data.sum() * step)
        for grid, n, step in zip(grids, data.shape, psf.spacing, strict=True)
    ]


def test_points_on_samples_are_single_samples():
    psf = nd.psf.points([(-0.3, 0), (0, 0), (0.3, 0.2)], [1, 2, 1], 0.1)
    assert psf.shape == (7, 5)
    expected = np.zeros((7, 5))
    expected[0, 2], expected[3, 2], expected[6, 4] = 0.25, 0.5, 0.25
    np.testing.assert_array_equal(psf.data, expected.astype(np.float32))


@given(
    st.integers(1, 3).flatmap(
        lambda axes: st.lists(
            st.tuples(
                st.tuples(*[st.floats(-2, 2)] * axes),
                st.floats(0.1, 10),
            ),
            min_size=1,
            max_size=5,
        )
    )
)
def test_light_and_centroid_are_exact(given_points):
    offsets, weights = (np.array(part) for part in zip(*given_points, strict=True))
    spacing = (0.3, 0.2, 0.25)[: offsets.shape[1]]
    psf = nd.psf.points(offsets, weights, spacing)
    assert psf.data.min() >= 0
    assert np.count_nonzero(psf.data) <= len(weights) * 2 ** offsets.shape[1]
    np.testing.assert_allclose(centroid(psf), weights @ offsets / weights.sum(), atol=1e-5)


def test_blurring_with_a_point_moves_by_its_offset():
    image = np.zeros((15, 15))
    image[7, 7] = 1
    moved = nd.convolve(image, nd.psf.points([(0.2, -0.4)], [3], 0.2))
    assert np.unravel_index(moved.argmax(), moved.shape) == (8, 5)


def test_removing_the_lobes_of_a_4pi_microscope():
    lobes = nd.psf.points([-0.25, 0, 0.25], [0.4, 1, 0.4], 0.05, shape=21)
    truth = np.zeros(101)
    truth[[40, 60]] = 100, 60
    seen = nd.convolve(truth, lobes)
    found = nd.richardson_lucy(seen, lobes, 300)
    assert np.linalg.norm(found - truth) < 0.02 * np.linalg.norm(seen - truth)


@pytest.mark.parametrize(
    ("offsets", "weights", "extra"),
    [
        ([], [], {}),
        ([0, 1], [1], {}),
        ([0, 1], [1, -1], {}),
        ([0, 1], [0, 0], {}),
        ([0, np.nan], [1, 1], {}),
        ([(0, 0), (1,)], [1, 1], {}),
        ([(0,) * 4], [1], {}),
        (["a"], [1], {}),
        ([1], [1], {"shape": 1}),
        ([1], [1], {"shape": 4}),
        ([1], [1], {"shape": "big"}),
        ([1e30], [1], {}),
        ([(1e6, 1e6)], [1], {}),
        ([(0, 0)], [1], {"spacing": 0}),
        ([(0, 0)], [1], {"spacing": (1, 1, 1)}),
    ],
)
def test_points_that_cannot_be_are_refused(offsets, weights, extra):
    with pytest.raises(nd.PSFError):
        nd.psf.points(offsets, weights, **{"spacing": 1, **extra})


def test_a_recipe_tells_the_points_and_makes_them_again():
    psf = nd.psf.points([(0.13, 0), (0, -0.21)], [1, 0.5], (0.1, 0.2), shape=(7, 9))
    told = describe(psf)
    assert "samples" not in told
    again = rebuild(told)
    np.testing.assert_array_equal(again.data, psf.data)
    assert again.spacing == psf.spacing
