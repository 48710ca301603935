"""Anything that holds numbers: as image, PSF, mask, start and truth; masked samples are missing everywhere."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.image.labelled import is_labelled

RNG = np.random.default_rng(5)
IMAGE = RNG.poisson(30, (32, 28)).astype(np.uint16)
MASK = np.ones(IMAGE.shape, bool)
MASK[4:9, 6:12] = False
PSF = nd.psf.gaussian(3.0, ndim=2)
RECIPE = nd.Recipe(iterations=3, gain=1, background=0)


class ByMethod:
    def __init__(self, data):
        self._data = data

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self._data, dtype)


class ByInterface:
    def __init__(self, data):
        self._data = data
        self.__array_interface__ = data.__array_interface__


class Coordinate(ByMethod):
    def __init__(self, data, attrs=None):
        super().__init__(data)
        self.attrs = attrs or {}


class Labelled(ByMethod):
    """What xarray's arrays have of what is used."""

    def __init__(self, data, dims, coords=None):
        super().__init__(data)
        self.data, self.dims, self.coords, self.shape, self.dtype = data, dims, coords or {}, data.shape, data.dtype

    def __getitem__(self, index):
        return self.data[index]


def forms(data):
    dask = pytest.importorskip("dask.array")
    yield "method", ByMethod(data)
    yield "interface", ByInterface(data)
    yield "list", data.tolist()
    yield "masked", np.ma.masked_array(data)
    yield "memory", memoryview(np.ascontiguousarray(data))
    yield "dask", dask.from_array(data, chunks=16)
    yield "labelled", Labelled(data, ("y", "x"))
    yield "labelled dask", Labelled(dask.from_array(data, chunks=16), ("y", "x"))
    for name, module in (("xarray", "xarray"), ("zarr", "zarr"), ("tensorstore", "tensorstore")):
        try:
            library = __import__(module)
        except ImportError:
            continue
        if name == "xarray":
            yield name, library.DataArray(data, dims=("y", "x"))
        else:
            yield name, library.array(np.ascontiguousarray(data))


ROLES = {
    "image": (IMAGE, lambda data: nd.deconvolve(data, PSF, RECIPE).estimate),
    "psf": (np.array(PSF.data), lambda data: nd.deconvolve(IMAGE, data, RECIPE).estimate),
    "mask": (MASK, lambda data: nd.deconvolve(IMAGE, PSF, RECIPE, mask=data).estimate),
    "start": (IMAGE + 1.0, lambda data: nd.deconvolve(IMAGE, PSF, RECIPE, start=data).estimate),
    "truth": (IMAGE + 1.0, lambda data: nd.sweep(IMAGE, PSF, (2,), truth=data).estimates[0]),
}


@pytest.mark.parametrize("role", ROLES)
def test_any_form_does_in_any_role(role):
    data, run = ROLES[role]
    expected = run(data)
    for name, form in forms(data):
        np.testing.assert_allclose(run(form), expected, rtol=1e-4, err_msg=name)


def test_masked_samples_are_missing():
    gaps = IMAGE.astype(np.float32)
    gaps[~MASK] = np.nan
    expected = nd.deconvolve(gaps, PSF, RECIPE).estimate
    masked = np.ma.masked_array(IMAGE, mask=~MASK)
    dask = pytest.importorskip("dask.array")
    for form in (masked, nd.SampledArray(masked, "YX"), dask.from_array(masked, chunks=16, asarray=False)):
        np.testing.assert_allclose(nd.deconvolve(form, PSF, RECIPE).estimate, expected, rtol=1e-5)


def test_masked_samples_of_a_psf_are_filled_and_it_is_said():
    for hole in ((5, 4), (2, 2), (6, 5)):
        known = np.ma.masked_array(np.array(PSF.data), mask=False)
        known[hole] = np.ma.masked
        found = nd.psf.from_array(known, background=0.0)
        assert "1 masked sample filled" in found.notes[0]
        assert np.isfinite(found.data).all()
        assert abs(found.fwhm[0] - PSF.fwhm[0]) < 0.5
    known = np.ma.masked_array(np.array(PSF.data), mask=np.zeros(PSF.shape, bool))
    known.mask[0] = known.mask[-1] = True  # beyond what was measured
    np.testing.assert_allclose(nd.psf.from_array(known, background=0.0).fwhm, PSF.fwhm, rtol=0.02)
    with pytest.raises(nd.PSFError, match="masked"):
        nd.psf.from_array(np.ma.masked_all(PSF.shape))


def test_labels_bring_names_spacing_units_and_origin():
    x = Coordinate(2 + 0.1 * np.arange(28), {"units": "µm"})
    t = Coordinate(np.array("2026-01-01T00:00:00", "datetime64[ns]") + np.arange(3) * np.timedelta64(1500, "ms"))
    data = RNG.poisson(30, (3, 28, 32))
    found = nd.SampledArray(Labelled(data, ("time", "x", "y"), {"x": x, "time": t}))
    assert found.letters == ("T", "X", "Y")
    assert found.spacing == (pytest.approx(1.5), pytest.approx(0.1), None)
    assert found.units == ("s", "um", "pixel")
    assert found.origin[1] == pytest.approx(2)
    assert found.data is data
    given = nd.SampledArray(Labelled(data, ("time", "x", "y"), {"x": x}), spacing=(None, 0.2, 0.2))
    assert given.spacing[1] == 0.2


def test_uneven_coordinates_are_left_out_and_it_is_said():
    labelled = Labelled(IMAGE, ("y", "x"), {"x": Coordinate(np.arange(28.0) ** 2)})
    with pytest.warns(nd.DeconvolutionWarning, match="along x are uneven"):
        assert nd.SampledArray(labelled).spacing == (None, None)


def test_names_of_a_labelled_psf_count():
    psf = nd.psf.gaussian((2.0, 4.0), ndim=2)
    swapped = Labelled(np.array(psf.data).T, ("x", "y"))
    image = nd.SampledArray(IMAGE, "YX")
    np.testing.assert_allclose(
        nd.deconvolve(image, swapped, RECIPE).estimate, nd.deconvolve(image, psf, RECIPE).estimate, rtol=1e-4
    )


def test_what_numpy_cannot_read_is_refused_in_words():
    class OnAnotherDevice:
        def __array__(self, dtype=None, copy=None):
            raise TypeError("use .cpu() first")

    with pytest.raises(nd.ParameterError, match=r"OnAnotherDevice.*cpu"):
        nd.deconvolve(OnAnotherDevice(), PSF)
    assert not is_labelled(IMAGE)


def test_masks_of_mask_start_and_truth_are_heeded():
    hidden = ~MASK
    expected = nd.deconvolve(IMAGE, PSF, RECIPE, mask=MASK).estimate
    masked = np.ma.masked_array(np.ones(IMAGE.shape, bool), mask=hidden)
    np.testing.assert_array_equal(nd.deconvolve(IMAGE, PSF, RECIPE, mask=masked).estimate, expected)
    first = np.ma.masked_array(IMAGE + 1.0, mask=hidden)
    with pytest.warns(nd.DeconvolutionWarning, match="30 masked samples, filled by the mean"):
        found = nd.deconvolve(IMAGE, PSF, RECIPE, start=first).estimate
    filled = first.filled(first.mean())
    np.testing.assert_array_equal(found, nd.deconvolve(IMAGE, PSF, RECIPE, start=filled).estimate)
    wild = np.where(hidden, 1e6, IMAGE + 1.0)
    (row,) = nd.sweep(IMAGE, PSF, (2,), truth=np.ma.masked_array(wild, mask=hidden)).table
    estimate = nd.sweep(IMAGE, PSF, (2,)).estimates[0]
    assert row.mse == pytest.approx(float(np.mean((estimate - wild)[MASK] ** 2)), rel=1e-5)
    assert np.isnan(row.ssim)


@pytest.mark.parametrize("role", ["mask", "start", "truth"])
def test_what_lies_on_the_image_has_its_order_of_axes(role):
    square = RNG.poisson(30, (24, 24))
    image, turned = Labelled(square, ("y", "x")), Labelled(square.T + 1, ("x", "y"))
    with pytest.raises(nd.ParameterError, match=f"The {role} has the axes .*x, y.* give the same order"):
        nd.sweep(image, PSF, (2,), **{role: turned})


def test_the_names_of_a_psf_decide_where_it_acts():
    image = RNG.poisson(30, (9, 16, 14)).astype(np.float32)
    psf = np.asarray(nd.psf.gaussian((4.0, 2.0, 2.0), ndim=3).data)[1:-1]
    expected = nd.deconvolve(image, psf, RECIPE).estimate
    named, turned = Labelled(image, ("z", "y", "x")), np.moveaxis(psf, 0, 2)
    found = nd.deconvolve(named, Labelled(turned, ("y", "x", "z")), RECIPE).estimate
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    other = Labelled(np.moveaxis(image, 0, 2), ("y", "x", "z"))
    found = np.moveaxis(nd.deconvolve(other, Labelled(psf, ("z", "y", "x")), RECIPE).estimate, 2, 0)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
