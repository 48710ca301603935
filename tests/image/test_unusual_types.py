"""Arrays of unusual kinds are read as what they hold, or refused in words."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd

PSF = nd.psf.gaussian(3.0, ndim=2)
COUNTS = np.random.default_rng(3).poisson(30.0 + 200 * (np.hypot(*np.indices((24, 24)) - 12) < 4)).astype(np.float32)


class Reluctant:
    """An array-like with shape and type that cannot be sliced."""

    shape, dtype, ndim = COUNTS.shape, COUNTS.dtype, 2

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        return COUNTS


UNUSUAL = {
    "without slices": Reluctant(),
    "extended precision": COUNTS.astype(np.longdouble),
    "half precision": COUNTS.astype(np.float16),
}


@pytest.mark.parametrize("kind", UNUSUAL)
def test_the_result_is_that_of_the_same_numbers_in_single_precision(kind):
    usual, unusual = (nd.deconvolve(one, PSF, nd.Recipe(iterations=5)).estimate for one in (COUNTS, UNUSUAL[kind]))
    np.testing.assert_allclose(unusual, usual, rtol=1e-4, atol=1e-3)


def test_a_matrix_is_a_kernel():
    kernel = np.asarray(PSF.data)
    np.testing.assert_allclose(nd.psf.from_array(np.matrix(kernel)).data, nd.psf.from_array(kernel).data)


def test_lengths_that_are_not_known_are_named():
    dask = pytest.importorskip("dask.array")
    rows = dask.from_array(COUNTS)[dask.from_array(np.arange(24) > 3)]
    with pytest.raises(nd.ParameterError, match="lengths of the image are not known"):
        nd.deconvolve(rows, PSF)


def test_a_mask_of_signs_is_refused():
    """As a truth value -1 would count."""
    signs = np.where(np.indices((24, 24))[0] > 5, -1, 1)
    with pytest.raises(nd.ParameterError, match="mask holds negative numbers"):
        nd.deconvolve(COUNTS, PSF, mask=signs)
