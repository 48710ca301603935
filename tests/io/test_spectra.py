"""Spectra: the value and its units, cuts out of images, and the forum's spectrum."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.io import Spectrum
from napari_deconvolve.io.cuts import along_axis, along_line
from napari_deconvolve.units import canonical, factor, kind

# ---- the value, and units


def test_a_spectrum_is_frozen_and_knows_its_axis():
    values = np.arange(4.0)
    spectrum = Spectrum(values, 0.5, "electron_volt", 2)
    values[0] = 7
    assert spectrum.values[0] == 0
    assert not spectrum.values.flags.writeable
    assert (len(spectrum), spectrum.unit, spectrum.label) == (4, "eV", "position (eV)")
    np.testing.assert_array_equal(spectrum.in_unit("meV").axis, [2000, 2500, 3000, 3500])
    with pytest.raises(nd.ParameterError, match="nm"):
        spectrum.in_unit("nm")
    for bad in ({"values": np.ones((2, 2))}, {"values": np.ones(3), "spacing": 0.0}, {"values": np.array(["a"])}):
        with pytest.raises(nd.ParameterError):
            Spectrum(**bad)


@pytest.mark.parametrize(
    ("written", "short", "what"),
    [
        ("cm^-1", "cm-1", "wave number"), ("1 / centimeter", "cm-1", "wave number"), ("cm⁻¹", "cm-1", "wave number"),
        ("electron_volt", "eV", "energy"), ("millielectron_volt", "meV", "energy"), ("EV", "eV", "energy"),
        ("terahertz", "THz", "frequency"), ("Seconds", "s", "time"), ("°", "deg", "angle"), ("µs", "us", "time"),
        ("Micrometers", "um", "length"), ("mev", "mev", ""), ("furlong", "furlong", ""),
        ("nm (air)", "nm", "length"), ("nm [vac]", "nm", "length"), ("cm^{-1}", "cm-1", "wave number"),
        ("$cm^{-1}$", "cm-1", "wave number"), ("\\mathrm{cm}^{-1}", "cm-1", "wave number"),
        ("eV (calibrated)", "eV", "energy"),
        ("Âµm", "um", "length"), ("Î¼m", "um", "length"), ("┬Ám", "um", "length"), ("&micro;s", "us", "time"),
        ("?m", "?m", ""), ("[Data]", "[Data]", ""), ("(calibrated)", "(calibrated)", ""),
        ("furlong (air)", "furlong (air)", ""),
    ],
)  # fmt: skip
def test_spellings_of_units(written, short, what):
    assert (canonical(written), kind(written)) == (short, what)
    assert canonical(canonical(written)) == canonical(written)


def test_units_of_one_kind_can_be_converted():
    assert factor("meV", "eV") == pytest.approx(1e-3)
    assert factor("nm-1", "cm-1") == pytest.approx(1e7)
    assert factor("min", "s") == 60
    for pair in (("eV", "nm"), ("pixel", "eV"), ("furlong", "m")):
        with pytest.raises(nd.ParameterError, match="cannot be converted"):
            factor(*pair)


def test_kernels_in_the_unit_of_the_axis():
    """A kernel in eV on data in meV is resampled to their step."""
    psf = nd.psf.gaussian(0.1, 0.005, ndim=1, unit="eV")
    data = Spectrum(np.exp(-(((np.arange(200) - 100) / 20.0) ** 2)) * 100, 10.0, "meV")
    step = data.spacing * factor(data.unit, psf.unit)
    found = nd.deconvolve(data.values, psf, nd.Recipe(iterations=5), spacing=step)
    want = nd.deconvolve(data.values, nd.psf.gaussian(100, 10, ndim=1, unit="meV"), nd.Recipe(iterations=5))
    np.testing.assert_allclose(found.estimate, want.estimate, rtol=0.03, atol=0.1)


def test_a_formula_along_one_axis():
    psf = nd.psf.from_formula("B=0.04,0.25/B/cosh(x/(2*B))^2", 301, 0.01, unit="meV")
    assert psf.ndim == 1
    assert psf.fwhm[0] == pytest.approx(3.5255 * 0.04, rel=0.01)  # of sech^2(x/2B): 4 arcosh(sqrt 2) B


# ---- spectra out of images

CUBE = np.arange(4 * 5 * 6, dtype=np.uint16).reshape(4, 5, 6)


@pytest.mark.parametrize(("axis", "at"), [(0, (0, 2, 3)), (1, (1, 0, 3)), (-1, (1, 2, 0))])
def test_along_an_axis(axis, at):
    found = along_axis(CUBE, axis, at, spacing=(0.5, 2, 3), units=("eV", "um", "um"), origin=(10, 0, 0), name="p")
    index = [*at]
    index[axis] = slice(None)
    np.testing.assert_array_equal(found.values, CUBE[tuple(index)])
    assert found.values.dtype == np.uint16
    assert (found.spacing, found.unit) == ((0.5, "eV") if axis == 0 else (2, "um") if axis == 1 else (3, "um"))
    assert (found.start, found.name) == (10 if axis == 0 else 0, "p")


def test_along_an_axis_reads_no_more_than_the_line():
    class Lazy:
        shape, ndim = CUBE.shape, 3

        def __getitem__(self, index):
            return CUBE[index]

    np.testing.assert_array_equal(along_axis(Lazy(), 0, (0, 1, 1)).values, CUBE[:, 1, 1])


def test_along_a_line():
    row, column = np.mgrid[:30, :40].astype(float)
    plane = 3 * row + 2 * column
    found = along_line(plane, (5, 2), (5, 22))
    np.testing.assert_allclose(found.values, 15 + 2 * np.arange(2, 23))
    assert (found.spacing, found.unit) == (1.0, "pixel")
    slanted = along_line(plane, (0, 0), (12, 16), spacing=(0.1, 0.1), units=("um", "um"))
    assert slanted.spacing == pytest.approx(0.1)
    np.testing.assert_allclose(slanted.values, (3 * 0.6 + 2 * 0.8) * np.arange(21))
    uneven = along_line(plane, (0, 0), (10, 0), spacing=(300, 0.1), units=("nm", "um"))
    assert (len(uneven), uneven.unit) == (31, "um")
    np.testing.assert_allclose(uneven.values, 3 * np.linspace(0, 10, 31))
    np.testing.assert_allclose(along_line(np.stack([plane, plane + 7]), (5, 2), (5, 22), at=(1,)).values[0], 26)


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("end", [(5, 32), (17, 18), (35, 2)])
def test_a_line_of_whole_length_on_square_pixels_is_scikit_images(end, width):
    skimage = pytest.importorskip("skimage.measure")
    plane = np.random.default_rng(0).random((40, 40))
    expected = skimage.profile_line(plane, (5, 2), end, linewidth=width, order=1, mode="constant", cval=np.nan)
    np.testing.assert_allclose(along_line(plane, (5, 2), end, width=width).values, expected, rtol=1e-9)


def test_a_line_may_be_wide_and_may_leave_the_image():
    plane = np.tile(np.arange(20.0)[:, np.newaxis], (1, 20)) ** 2
    wide = along_line(plane, (10, 2), (10, 12), width=3)
    np.testing.assert_allclose(wide.values, (81 + 100 + 121) / 3)
    out = along_line(plane, (10, 15), (10, 25))
    assert np.isfinite(out.values[:5]).all()
    assert np.isnan(out.values[5:]).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: along_axis(CUBE, 3, (0, 0, 0)), "axis is 3"),
        (lambda: along_axis(CUBE, 0, (0, 5, 0)), "along axis 1 is 5"),
        (lambda: along_axis(CUBE, 0, (0,)), "one per axis, 3"),
        (lambda: along_line(CUBE[0], (1, 1), (1, 1.2)), "draw a longer one"),
        (lambda: along_line(CUBE[0, 0], (1,), (2,)), "two axes"),
    ],
)
def test_cuts_that_are_not_there(call, words):
    with pytest.raises(nd.ParameterError, match=words):
        call()


# ---- the forum's spectrum


def test_the_forums_spectrum(shared_data: Path):
    """Even kernel of sum 49.95, as it was written there, and nothing changed by the user."""
    held = np.load(shared_data / "spectrum_1d" / "reference_1d.npz")
    kernel = held["kernel_even"]
    assert (len(kernel), kernel.sum()) == (1000, pytest.approx(49.95, abs=0.01))
    for psf in (kernel, nd.psf.from_array(kernel, background=0)):  # its zero lag between samples: moved onto one
        found = nd.richardson_lucy(held["raw"], psf, 200)
        assert found.max() == pytest.approx(2.427, abs=0.02)
    half = len(found) // 2
    peaks = held["x"][[np.argmax(found[:half]), half + np.argmax(found[half:])]]
    np.testing.assert_allclose(peaks, [-1.031, 1.031], atol=0.003)
