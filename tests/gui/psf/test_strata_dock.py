"""Strata in the docks: made for an image, named as such, and used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import Dock as Deconvolve
from psf_dock import SPACING, Dock, add_stack

import napari_deconvolve as nd
from napari_deconvolve._napari.layers.psf_layers import held, is_psf_layer, layer_to_psf, psf_layer_data
from napari_deconvolve._napari.layers.readers import get_reader

OPTICS = {"numerical_aperture": 1.2, "sample_index": 1.38, "emission_um": 0.52}
FIELDS = {**OPTICS, "immersion_index": 1.33, "model": "scalar", "size_z": 21, "size_y": 9, "size_x": 9}


@pytest.fixture
def dock(viewer, qtbot) -> Dock:
    """The dock with a stack of 30 planes, set to a small PSF of a microscope."""
    add_stack(viewer, shape=(30, 14, 14))
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope", **FIELDS)
    return dock


def _strata(**how: Any) -> nd.psf.Strata:
    grid = {"spacing": SPACING, "shape": (21, 9, 9)}
    return nd.psf.microscope_strata("widefield", model="scalar", immersion_index=1.33, **OPTICS, **grid, **how)


def test_one_depth_is_asked_for_at_first(dock):
    assert dock["depth_mode"].currentText() == "one depth"
    assert dock.shown("depth_um")
    assert not any(dock.shown(name) for name in ("depth_from", "depth_to", "strata", "coverslip_at"))
    dock.put(depth_mode="strata")
    assert not dock.shown("depth_um")
    assert all(dock.shown(name) for name in ("depth_from", "depth_to", "strata", "coverslip_at"))


def test_strata_become_one_layer_with_the_depths_first(dock):
    dock.put(depth_mode="strata", depth_from=1.0, depth_to=9.0, strata=2, coverslip_at="last plane")
    made = dock.made()
    asked = _strata(depth_range_um=(1, 9), strata=2, coverslip="last")
    assert isinstance(made, nd.psf.Strata)
    assert (made.depths, made.top, made.coverslip) == (asked.depths, asked.top, "last")
    for one, other in zip(made.psfs, asked.psfs, strict=True):
        np.testing.assert_array_equal(one.data, other.data)
    layer = dock.viewer.layers[-1]
    assert layer.data.shape == (2, 21, 9, 9)
    assert layer.axis_labels == ("stratum", "z", "y", "x")
    assert layer.name.endswith("2 strata")
    assert is_psf_layer(layer)
    assert "2 strata" in dock.text("summary")
    assert "stratum 2 of 2" in dock.text("summary")  # the one that is drawn


def test_auto_takes_the_depth_from_the_image(dock):
    dock.put(depth_mode="strata", depth_from=0.0, depth_to=0.0)
    made = dock.made()
    assert len(made) == 3
    ends = np.array(made.nodes(30))
    assert 0 < ends.min() < 10 < ends[1] < 20 < ends.max() < 29  # the middles of three parts of 30 planes


def test_what_cannot_be_is_said_below_the_field(dock):
    dock.put(depth_mode="strata", depth_from=5.0, depth_to=2.0)
    assert "go from 5 to 2" in dock.text("microscope_problem")
    assert not dock["make"].isEnabled()
    dock.put(depth_to=9.0)
    assert dock["make"].isEnabled()


def test_flat_psfs_have_no_strata(dock):
    dock.put(depth_mode="strata", ndim="2D (y, x)")
    assert not dock.shown("depth_mode")
    assert dock.shown("depth_um")


def test_matched_layers_need_no_strata(dock):
    dock.put(depth_mode="strata", depth_to=9.0, sample_index=0.0)
    dock.settle("warnings", "the same at all depths")


def test_deconvolve_takes_the_layer_and_names_it(viewer, qtbot):
    strata = _strata(depth_range_um=(0, 8), strata=3)
    rng = np.random.default_rng(0)
    counts = rng.poisson(nd.convolve(rng.random((24, 14, 14)) ** 8 * 300, strata) + 5).astype(np.float32)
    image = viewer.add_image(counts, name="cells", scale=SPACING, units="um")
    data, keywords, _ = psf_layer_data(strata, "PSF strata")
    viewer.add_image(data, **keywords)
    dock = Deconvolve(viewer, qtbot)
    dock.choose("image", "cells")
    dock.choose("psf", "PSF strata")
    remark = " ".join(dock["psf_state"].text().split())
    assert "3 strata at" in remark
    assert "from the coverslip, by the first plane" in remark
    result = dock.run(iterations=3)
    assert "RL 3" in result.name
    recipe = nd.Recipe.from_dict(result.metadata["napari_deconvolve"]["recipe"])
    assert recipe.psf["source"] == "strata"
    asked = nd.deconvolve(image.data, strata, recipe).estimate
    np.testing.assert_allclose(result.data, asked, rtol=1e-4, atol=1e-4 * asked.max())


def test_a_layer_gives_the_very_strata_again(viewer):
    strata = _strata(depths_um=(0, 8), top_um=0.5, coverslip="last")
    data, keywords, _ = psf_layer_data(strata, "PSF")
    layer = viewer.add_image(data, **keywords)
    again = held(layer)
    assert (again.depths, again.top, again.coverslip, again.notes) == (
        strata.depths,
        0.5,
        "last",
        strata.notes,
    )
    layer.data = layer.data * 2
    with pytest.raises(nd.PSFError, match="samples were changed since"):
        layer_to_psf(layer)


def test_a_file_of_strata_opens_as_such_a_layer(viewer, tmp_path):
    strata = _strata(depths_um=(0, 8))
    path = str(tmp_path / "strata.ome.tif")
    nd.psf.save(strata, path)
    ((data, keywords, kind),) = get_reader(path)(path)
    assert kind == "image"
    layer = viewer.add_image(data, **keywords)
    assert layer_to_psf(layer).depths == strata.depths
    assert layer.scale == pytest.approx((1, *SPACING))
