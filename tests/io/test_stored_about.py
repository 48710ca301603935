"""What a file says of its image may be damaged: what can be used is, and the rest is left out in words."""

from __future__ import annotations

import json

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.io import read_image, write_image
from napari_deconvolve.io.stored_about import sound

COUNTS = np.arange(48, dtype=np.uint16).reshape(6, 8)
DAMAGED = {
    "iterations": ["ten", -1, 1.5, [3]],
    "background": ["x", [1, "x"], {}],
    "optics": [3, "lens", []],
    "branched_from": [{}, [3], [{"recipe": {}}], [{"recipe": 3, "iterations": 3}]],
    "psf": [[], 3, {"info": []}, {"notes": [1]}],
    "made": [3, {}, {"image": 1}],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in DAMAGED.items() for value in values])
def test_a_damaged_value_is_left_out_in_words(tmp_path, name, value):
    write_image(tmp_path / "a.ome.tif", COUNTS, spacing=0.1, units="um", extra={name: value, "mine": [1]})
    read = read_image(tmp_path / "a.ome.tif")
    assert name not in read.metadata
    assert read.metadata["mine"] == [1]
    assert read.spacing == (0.1, 0.1)
    assert any(f"stored {name}" in note or "how it was made" in note for note in read.notes)


@pytest.mark.parametrize("recipe", [3, [], {"iterations": "many"}, {"psf": {"source": "none"}, "x": 1}])
def test_a_damaged_recipe_is_said(tmp_path, recipe):
    write_image(tmp_path / "a.ome.tif", COUNTS, extra={"recipe": recipe})
    read = read_image(tmp_path / "a.ome.tif")
    assert read.recipe is None
    assert any("recipe cannot be used" in note for note in read.notes)


@pytest.mark.parametrize(
    ("key", "value"),
    [("shape", [6, None]), ("shape", "6x8"), ("axes", 3), ("spacing", [0.1, -1]), ("units", None), ("dtype", "O")],
)
def test_a_damaged_annotation_leaves_what_ome_says(tmp_path, key, value):
    write_image(tmp_path / "a.ome.tif", COUNTS, spacing=0.1, units="um", name="cells")
    raw = (tmp_path / "a.ome.tif").read_bytes()
    start = raw.index(b"{", raw.index(b'K="napari-deconvolve"'))
    text = raw[start : raw.index(b"</M>", start)]
    own = json.loads(text.replace(b"&quot;", b'"'))
    own = {**own, key: value, "extra": {}}
    new = json.dumps(own, separators=(",", ":")).encode()
    assert len(new) <= len(text) + 40
    (tmp_path / "b.ome.tif").write_bytes(raw[:start] + new.ljust(len(text))[: len(text)] + raw[start + len(text) :])
    read = read_image(tmp_path / "b.ome.tif")
    assert np.array_equal(read.data, COUNTS)
    assert read.spacing == pytest.approx((0.1, 0.1))
    assert any("is damaged, and left out" in note for note in read.notes)


def test_sound_values_stay():
    good = {"iterations": 3, "background": [1.0, 2.0], "optics": {"numerical_aperture": 1.4}, "other": None}
    assert sound(good) == (good, ())


@pytest.mark.parametrize(
    ("key", "value"),
    [("spacing", [1.0, "x"]), ("spacing", [[1.0], 1.0]), ("spacing", None), ("notes", {}), ("info", [3]), ("unit", 5)],
)
def test_a_damaged_psf_is_refused(tmp_path, key, value):
    kept = nd.psf.gaussian(2.0, ndim=2).stored_form()
    write_image(tmp_path / "psf.ome.tif", kept.samples, extra={"psf": {**kept.about, key: value}})
    with pytest.raises(nd.PSFError, match=rf"psf.ome.tif is no PSF that can be used: The PSF in the file's {key} is"):
        nd.psf.load(tmp_path / "psf.ome.tif")


def test_so_is_one_whose_spacing_has_other_axes(tmp_path):
    kept = nd.psf.gaussian(2.0, ndim=2).stored_form()
    write_image(tmp_path / "psf.ome.tif", kept.samples, extra={"psf": {**kept.about, "spacing": [1.0]}})
    with pytest.raises(nd.PSFError, match="spacing has 1 numbers"):
        nd.psf.load(tmp_path / "psf.ome.tif")
