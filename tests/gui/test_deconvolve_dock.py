"""The dock "Deconvolve", used as a person uses it."""

from __future__ import annotations

import numpy as np

import napari_deconvolve as nd


def plain(image, psf, iterations, **how):
    return nd.richardson_lucy(image, psf, iterations, background="auto", acceleration="biggs-andrews", **how)


def test_run_makes_a_named_layer_with_the_inputs_place(dock, image, psf):
    layer = dock.run(iterations=5)
    given = dock.viewer.layers["cells"]
    assert layer.name == "cells · RL 5"
    assert layer.data.dtype == np.float32
    assert np.array_equal(given.data, image)
    np.testing.assert_allclose(layer.scale, given.scale)
    np.testing.assert_allclose(layer.translate, given.translate)
    assert layer.units == given.units
    assert layer.axis_labels == given.axis_labels
    np.testing.assert_allclose(layer.data, plain(image, psf, 5), rtol=1e-5, atol=1e-3)
    assert dock.state().startswith("Done: 5 iterations, background ")
