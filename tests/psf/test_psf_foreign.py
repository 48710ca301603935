"""PSF files as other programs write them: stacks by their tags, tables by their headings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

import napari_deconvolve as nd
from napari_deconvolve.psf.files import Samples, opened

SPACING = (0.2, 0.065, 0.065)
PSF = nd.psf.gaussian((0.8, 0.25, 0.25), SPACING, shape=(21, 31, 31))
STACK = (PSF.data / PSF.data.max()).astype(np.float32)


def assert_same(psf: nd.PSF, want: nd.PSF = PSF) -> None:
    assert psf.shape == want.shape
    assert np.linalg.norm(psf.data - want.data) <= 1e-3 * np.linalg.norm(want.data)


# ---- stacks


def test_imagej_stack_without_calibration(tmp_path):
    """As PSF Generator leaves it: 32 bits, big-endian, voxel size one pixel."""
    tifffile.imwrite(tmp_path / "PSF BW.tif", STACK, imagej=True, metadata={"axes": "ZYX", "images": 21, "slices": 21})
    psf = nd.psf.load(tmp_path / "PSF BW.tif")
    assert_same(psf)
    assert (psf.spacing, psf.unit) == ((1, 1, 1), "pixel")
    assert nd.psf.load(tmp_path / "PSF BW.tif", spacing=SPACING, unit="um").fwhm == pytest.approx(PSF.fwhm, rel=1e-3)


@pytest.mark.parametrize("unit", ["micron", "um", "\\u00B5m"])
def test_imagej_stack_with_calibration(tmp_path, unit):
    tifffile.imwrite(
        tmp_path / "psf.tif",
        (STACK * 60000).astype(np.uint16),
        imagej=True,
        resolution=(1 / 0.065, 1 / 0.065),
        metadata={"axes": "ZYX", "spacing": 0.2, "unit": unit},
    )
    psf = nd.psf.load(tmp_path / "psf.tif")
    assert_same(psf)
    assert psf.unit == "um"
    assert psf.spacing == pytest.approx(SPACING)


def test_pages_with_resolution_per_centimetre_and_no_depth(tmp_path):
    """As Huygens exports: nothing in the tags of TIFF says how far apart planes are."""
    with tifffile.TiffWriter(tmp_path / "psf.tif") as file:
        for plane in STACK:
            file.write(plane, resolution=(1e4 / 0.065, 1e4 / 0.065), resolutionunit="CENTIMETER", contiguous=True)
    psf = nd.psf.load(tmp_path / "psf.tif")
    assert_same(psf)
    assert (psf.spacing, psf.unit) == ((1, 1, 1), "pixel")
    assert any("Y 0.065 um, X 0.065 um" in note for note in psf.notes)
    found = opened(tmp_path / "psf.tif")
    assert isinstance(found, Samples)
    assert found.spacing is None


def test_ome_tiff_of_a_microscope(tmp_path):
    """Voxel size in nm and um, axes of one time and one channel around the stack."""
    tifffile.imwrite(
        tmp_path / "psf.ome.tif",
        (STACK * 4000).astype(np.uint16)[None, :, None],
        ome=True,
        metadata={
            "axes": "TZCYX",
            "PhysicalSizeX": 65.0,
            "PhysicalSizeXUnit": "nm",
            "PhysicalSizeY": 65.0,
            "PhysicalSizeYUnit": "nm",
            "PhysicalSizeZ": 0.2,
            "PhysicalSizeZUnit": "µm",
        },
    )
    psf = nd.psf.load(tmp_path / "psf.ome.tif")
    assert psf.shape == PSF.shape
    assert psf.unit == "nm"
    assert psf.spacing == pytest.approx((200, 65, 65))
    np.testing.assert_allclose(psf.fwhm, np.array(PSF.fwhm) * 1000, rtol=0.01)


def test_npy_of_even_size_is_centred(tmp_path):
    """As psfmodels and others calculate it: doubles, any size."""
    np.save(tmp_path / "psf.npy", np.pad(STACK.astype(np.float64), ((0, 1), (1, 0), (0, 1))))
    psf = nd.psf.load(tmp_path / "psf.npy")
    assert all(length % 2 for length in psf.shape)
    assert psf.fwhm == pytest.approx(tuple(np.array(PSF.fwhm) / SPACING), rel=1e-3)


@pytest.mark.parametrize("shape", [(20, 32, 32), (21, 31, 31), (32,)], ids=str)
def test_a_psf_whose_zero_lag_is_the_first_sample_is_rolled(tmp_path, shape):
    """As programs that think in Fourier transforms keep it, DeconvolutionLab2 for one."""
    grids = np.meshgrid(*[np.arange(n) - n // 2 for n in shape], indexing="ij")
    middle = np.exp(-sum(grid**2 for grid in grids) / 8.0)
    tifffile.imwrite(
        tmp_path / "psf.tif", np.fft.ifftshift(middle).astype(np.float32).reshape(shape if len(shape) > 1 else (1, -1))
    )
    psf = nd.psf.load(tmp_path / "psf.tif")
    want = nd.psf.from_array(middle, unit="pixel")
    assert_same(psf, want)
    assert any("rolled into the middle" in note for note in psf.notes)


def test_half_a_psf_is_not_taken_for_a_rolled_one(tmp_path):
    half = np.exp(-np.arange(30) / 4.0)
    half[-1] = 0
    np.save(tmp_path / "half.npy", half)
    assert not any("rolled" in note for note in nd.psf.load(tmp_path / "half.npy", background=0).notes)


# ---- tables of a profile

X = np.arange(-20, 21) * 0.05
Y = np.exp(-((X / 0.2) ** 2))


def lines(pattern: str, *, comma: bool = False, raw: bool = False) -> str:
    noise = Y * 0 + 0.5 if raw else Y
    rows = [pattern.format(i=i, x=x, y=y, z=z) for i, (x, y, z) in enumerate(zip(X, Y, noise, strict=True), 1)]
    return "\n".join(row.replace(".", ",") if comma else row for row in rows) + "\n"


PROFILES = {
    "plot values of ImageJ": ("Distance_(microns),Gray_Value\n" + lines("{x:.4f},{y:.9f}"), "utf-8", "um"),
    "results of ImageJ": (" ,X,Y\n" + lines("{i},{x:.4f},{y:.9f}"), "utf-8", "pixel"),
    "three columns of a profiler": (
        '"Position [µm]"\t"Raw data"\t"Gaussian fit"\n' + lines("{x:.4f}\t{y:.9f}\t{z:.3f}", raw=True), "utf-8", "um",
    ),
    "spreadsheet with decimal commas": (
        "sep=;\nAbstand (µm);Wert\n" + lines("{x:.4f};{y:.9f}", comma=True), "cp1252", "um",
    ),
    "spreadsheet as Unicode text": ("x/nm\ty\n" + lines("{x:.4f}\t{y:.9f}"), "utf-16", "nm"),
    "unit by underscore": ("x_um,psf\n" + lines("{x:.4f},{y:.9f}"), "utf-8-sig", "um"),
    "unit of energy": ("E (meV); counts\n" + lines("{x:.4f}; {y:.9f};"), "utf-8", "meV"),
    "a name that is no unit": ("x_position,value\n" + lines("{x:.4f},{y:.9f}"), "utf-8", "pixel"),
    "blanks": ("# shift [eV]  line\n" + lines("  {x:.4f}   {y:.9e}"), "ascii", "eV"),
}  # fmt: skip


@pytest.mark.parametrize("case", PROFILES)
def test_profiles(tmp_path, case):
    text, encoding, unit = PROFILES[case]
    (tmp_path / "line.csv").write_text(text, encoding=encoding)
    psf = nd.psf.load(tmp_path / "line.csv")
    assert (psf.ndim, psf.unit) == (1, unit)
    assert psf.spacing == pytest.approx((0.05,))
    np.testing.assert_allclose(psf.data, Y / Y.sum(), atol=1e-6)
    assert ("'Raw data' was taken" in " ".join(psf.notes)) == ("profiler" in case)


# ---- tables of an image

PLANE = STACK[10, 5:26, 3:28] + 0.0


def matrix(separator: str, *, comma: bool = False, labels: bool = False) -> str:
    text = [separator.join(f"{value:.7g}" for value in row) for row in PLANE]
    if labels:
        text = [f"{0.1 * i:.1f}{separator}{row}" for i, row in enumerate(text)]
        text.insert(0, separator + separator.join(f"{0.05 * i:.2f}" for i in range(PLANE.shape[1])))
    return "\n".join(row.replace(".", ",") if comma else row for row in text)


@pytest.mark.parametrize(
    ("text", "spacing"),
    [
        (matrix("\t"), (1, 1)),  # a text image of ImageJ
        (matrix(","), (1, 1)),
        (matrix(";", comma=True), (1, 1)),
        (matrix(" "), (1, 1)),
        (matrix(",", labels=True), (0.1, 0.05)),  # a table with positions around it
        (matrix("\t", labels=True, comma=True), (0.1, 0.05)),
    ],
    ids=["tabs", "commas", "semicolons", "blanks", "labels", "labels and decimal commas"],
)
def test_matrices(tmp_path, text, spacing):
    (tmp_path / "plane.txt").write_text(text)
    psf = nd.psf.load(tmp_path / "plane.txt", background=0)
    want = nd.psf.from_array(PLANE, background=0)
    assert_same(psf, want)
    assert psf.spacing == pytest.approx(spacing)


def test_a_heading_over_a_matrix_that_is_no_profile(tmp_path):
    text = ",".join(f"c{i}" for i in range(PLANE.shape[1])) + "\n" + matrix(",")
    (tmp_path / "plane.csv").write_text(text)
    assert nd.psf.load(tmp_path / "plane.csv").ndim == 2


@pytest.mark.parametrize(
    "raw", [b"\xff\xfeab", b"\x00\x01\x02", b"\x89PNG\r\n\x1a\n\x00\x00", b"nan\nnan\n", b"1e999,2,3\n4,5,6\n"]
)
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(raw)
    with pytest.raises(nd.DeconvolutionError, match=r"a\.csv"):
        nd.psf.load(tmp_path / "a.csv")


@pytest.mark.parametrize("digits", [1, 2, 6])
def test_a_table_with_rounded_positions_is_a_kernel_as_it_is_a_spectrum(tmp_path, digits):
    place = 0.153 * np.arange(-20, 21)
    lines = [f"{x:.{digits}f},{np.exp(-(x**2)):.9f}" for x in place]
    (tmp_path / "kernel.csv").write_text("E (meV),kernel\n" + "\n".join(lines))
    psf = nd.psf.load(tmp_path / "kernel.csv")
    assert psf.unit == "meV"
    assert psf.spacing[0] == pytest.approx(0.153, abs=10.0**-digits / 40)


def test_a_table_with_a_gap_is_no_kernel(tmp_path):
    lines = [f"{x},{np.exp(-(x**2) / 20):.9f}" for x in range(-20, 21) if x != 7]
    (tmp_path / "kernel.csv").write_text("\n".join(lines))
    with pytest.raises(nd.FileError, match="not evenly spaced"):
        nd.psf.load(tmp_path / "kernel.csv")
