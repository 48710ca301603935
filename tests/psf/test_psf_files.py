"""PSF files: our own come back as they were, foreign ones are centred."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

import napari_deconvolve as nd
from napari_deconvolve.io import write_image

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def off_centre(shape=(9, 12), center=(4.0, 5.5)):
    grids = np.meshgrid(*[np.arange(n) - c for n, c in zip(shape, center, strict=True)], indexing="ij")
    return np.exp(-sum(grid**2 for grid in grids) / 3)


@pytest.mark.parametrize(
    "psf",
    [
        nd.psf.gaussian(3, ndim=1, unit="eV", spacing=0.1),
        nd.psf.gaussian((0.6, 0.25, 0.25), (0.3, 0.1, 0.1)),
        nd.psf.lorentzian(0.3, 0.1, ndim=2, unit="nm"),
        nd.psf.from_array(off_centre(), (0.2, 0.1)),
        nd.PSF(np.eye(3), 0.5, "um", {"source": "array", "file": "x"}, ("one µ", "two")),
    ],
    ids=lambda psf: f"{psf.ndim}D",
)
def test_what_was_saved_comes_back(tmp_path, psf):
    nd.psf.save(psf, tmp_path / "p.ome.tif")
    back = nd.psf.load(tmp_path / "p.ome.tif")
    np.testing.assert_array_max_ulp(back.data, psf.data, 1)
    assert (back.spacing, back.unit, back.notes) == (psf.spacing, psf.unit, psf.notes)
    assert dict(back.info) == dict(psf.info)


def test_our_files_are_centred_again_only_on_demand(tmp_path):
    skew = np.zeros((5, 5))
    skew[2, 2], skew[2, 4] = 1, 1.5  # its centroid is not its centre
    nd.psf.save(nd.PSF(skew, 1.0), tmp_path / "p.tif")
    assert nd.psf.load(tmp_path / "p.tif").shape == (5, 5)
    assert nd.psf.load(tmp_path / "p.tif", center="peak").shape == (5, 9)


def test_a_spacing_or_unit_given_counts_more(tmp_path):
    nd.psf.save(nd.psf.gaussian(3, 1.0), tmp_path / "p.tif")
    psf = nd.psf.load(tmp_path / "p.tif", spacing=0.2, unit="nm")
    assert (psf.spacing, psf.unit) == ((0.2, 0.2), "nm")
    assert psf.info["source"] == "array"  # the formula would not make it at this spacing


def test_changed_samples_are_not_taken_for_ours(tmp_path):
    psf = nd.psf.gaussian(3, 1.0)
    nd.psf.save(psf, tmp_path / "p.tif")
    with tifffile.TiffFile(tmp_path / "p.tif", mode="r+b") as tif:
        offset = tif.series[0].dataoffset
    raw = bytearray((tmp_path / "p.tif").read_bytes())
    raw[offset : offset + 4] = np.float32(0.5).tobytes()
    (tmp_path / "p.tif").write_bytes(raw)
    assert nd.psf.load(tmp_path / "p.tif").info["source"] == "array"


@pytest.mark.parametrize("kind", ["npy", "tif", "ome.tif"])
def test_foreign_arrays_are_centred_and_freed_from_their_pedestal(tmp_path, kind):
    array = off_centre() + 0.25
    path = tmp_path / f"p.{kind}"
    if kind == "npy":
        np.save(path, array)
    elif kind == "tif":
        tifffile.imwrite(path, array)
    else:
        write_image(path, array, spacing=(0.2, 100), units=("um", "nm"))
    psf = nd.psf.load(path)
    want = nd.psf.from_array(
        array, (200, 100) if kind == "ome.tif" else 1.0, unit="nm" if kind == "ome.tif" else "pixel"
    )
    np.testing.assert_array_max_ulp(psf.data, want.data, 1)
    assert (psf.unit, psf.notes) == (want.unit, want.notes)
    assert psf.spacing == pytest.approx(want.spacing)
    assert psf.info["file"] == path.name
    assert nd.psf.load(path, center=(4, 5.5), background=0.25).fwhm == pytest.approx(psf.fwhm, rel=1e-3)


def test_leading_axes_of_one_sample_are_dropped(tmp_path):
    np.save(tmp_path / "p.npy", off_centre()[None, None])
    assert nd.psf.load(tmp_path / "p.npy").ndim == 2


X = np.arange(-20, 21) * 0.05
Y = np.exp(-((X / 0.2) ** 2))


@pytest.mark.parametrize(
    ("name", "text", "unit"),
    [
        ("a.csv", "E (meV),K\n" + "\n".join(f"{x:.4f},{y:.9f}" for x, y in zip(X, Y, strict=True)), "meV"),
        ("a.txt", "# position [nm] value\n" + "\n".join(f"{x:.4f} {y:.9f}" for x, y in zip(X, Y, strict=True)), "nm"),
        ("b.txt", "\n".join(f"{x:.4f}\t{y:.9f}" for x, y in zip(X[::-1], Y[::-1], strict=True)), "pixel"),
        ("b.csv", "\n".join(f"{x:.4f};{y:.9f}".replace(".", ",") for x, y in zip(X, Y, strict=True)), "pixel"),
    ],
)
def test_tables_of_position_and_value(tmp_path, name, text, unit):
    (tmp_path / name).write_text(text)
    psf = nd.psf.load(tmp_path / name)
    assert (psf.ndim, psf.unit) == (1, unit)
    assert psf.spacing == pytest.approx((0.05,))
    np.testing.assert_allclose(psf.data, Y / Y.sum(), atol=1e-6)


def test_a_table_of_values(tmp_path):
    (tmp_path / "a.txt").write_text("kernel\n" + "\n".join(map(str, Y)))
    psf = nd.psf.load(tmp_path / "a.txt", spacing=0.05, unit="eV")
    assert (psf.spacing, psf.unit) == ((0.05,), "eV")
    np.testing.assert_allclose(psf.data, Y / Y.sum(), atol=1e-6)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (",0,1,5\n0,1,2,3\n1,4,5,6", "evenly"),
        (",0,1\n0,1,2,3\n1,4,5,6", "2 labels over 3 columns"),
        ("1,2\n3", "line 2"),
        ("1,2\nx,y", "line 2"),
        ("0,1\n1,2\n5,1", "evenly"),
        ("only words", "no numbers"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, text, words):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(nd.FileError, match=words) as caught:
        nd.psf.load(tmp_path / "a.csv")
    assert "a.csv" in str(caught.value)


def test_what_is_no_psf_is_refused_with_its_name(tmp_path):
    np.save(tmp_path / "nan.npy", np.full((5, 5), np.nan))
    np.save(tmp_path / "zero.npy", np.zeros((5, 5)))
    np.save(tmp_path / "many.npy", np.ones((2, 3, 3, 3)))
    for name, word in (("nan.npy", "NaN"), ("zero.npy", "zero"), ("many.npy", "axes")):
        with pytest.raises(nd.PSFError, match=word) as caught:
            nd.psf.load(tmp_path / name)
        assert name in str(caught.value)
    for name in ("none.tif", "a.pdf"):
        with pytest.raises(nd.FileError, match=name):
            nd.psf.load(tmp_path / name)
    with pytest.raises(nd.FileError, match=r"p\.npy.*\.tif"):
        nd.psf.save(nd.psf.gaussian(2), tmp_path / "p.npy")


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the real data are not at {SHARED}")
def test_real_psfs():
    measured = nd.psf.load(SHARED / "bian/psf_rev_d4eec9c.tif")
    assert measured.unit == "pixel"
    middle = tuple(length // 2 for length in measured.shape)
    assert measured.data[middle] > 0.9 * measured.data.max()
    dapi = nd.psf.load(SHARED / "bbii_decon_dapi/PSF.tif", center=(127, 127), background=0)
    raw = tifffile.imread(SHARED / "bbii_decon_dapi/PSF.tif")
    row = tuple(length // 2 for length in dapi.shape)
    assert dapi.data[row] == pytest.approx(raw[127, 127] / raw.sum(), rel=1e-4)


@pytest.mark.parametrize("alpha", [False, True])
def test_colours_are_no_planes_of_a_psf(tmp_path, alpha):
    grey = np.round(200 * np.asarray(nd.psf.gaussian(4.0, ndim=2, shape=(15, 15)).data) * 20).astype(np.uint8)
    colours = [grey] * 3 + [np.full_like(grey, 255)] * alpha
    how = {"photometric": "rgb", **({"extrasamples": ["unassalpha"]} if alpha else {})}
    tifffile.imwrite(tmp_path / "psf.tif", np.stack(colours, -1), **how)
    psf = nd.psf.load(tmp_path / "psf.tif")
    assert psf.shape == (15, 15)
    assert "its channels are equal: one taken" in psf.notes
    colours[1] = grey // 2
    tifffile.imwrite(tmp_path / "psf.tif", np.stack(colours, -1), **how)
    with pytest.raises(nd.PSFError, match=r"holds 3 channels.*no plane"):
        nd.psf.load(tmp_path / "psf.tif")


def test_channels_of_a_stack_are_no_planes_and_frames_are_said_to_be(tmp_path):
    stack = np.asarray(nd.psf.gaussian((4.0, 3.0, 3.0), ndim=3).data)
    tifffile.imwrite(tmp_path / "c.tif", np.stack([stack[4], stack[5]]), imagej=True, metadata={"axes": "CYX"})
    with pytest.raises(nd.PSFError, match="holds 2 channels"):
        nd.psf.load(tmp_path / "c.tif")
    tifffile.imwrite(tmp_path / "t.tif", stack, imagej=True, metadata={"axes": "TYX"})
    psf = nd.psf.load(tmp_path / "t.tif")
    assert psf.shape == stack.shape
    assert f"its {len(stack)} frames are taken for planes" in psf.notes
