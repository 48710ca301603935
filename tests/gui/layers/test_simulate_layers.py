"""What layers of simulations remember, and how truth and result are put together: without a window."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

import napari_deconvolve as nd
from napari_deconvolve._napari.docks.simulate.fields import read_widths, widths_text
from napari_deconvolve._napari.docks.simulate.layers import gaussian_psf
from napari_deconvolve._napari.docks.simulate.measure import pair_of
from napari_deconvolve._napari.layers.lineage import origin, scale_of, simulation_of, source_of
from napari_deconvolve._napari.layers.readers import read_layers
from napari_deconvolve._napari.layers.source import read
from napari_deconvolve._napari.layers.writers import write_image_layer
from napari_deconvolve.run import metrics

KEY = "napari_deconvolve"


def image(data, name, **ours):
    return Image(np.asarray(data, np.float32), name=name, metadata={KEY: ours})


@pytest.fixture
def layers():
    rng = np.random.default_rng(0)
    truth = rng.random((20, 24))
    recipe = nd.Simulation(background=3, gain=2, offset=10).to_dict()
    return [
        image(truth, "cells"),
        image(8 * truth + 16, "cells · blurred", simulation=recipe, scale=8.0, image="cells"),
        image(8 * truth + 1, "cells · blurred · RL 5", recipe={}, image="cells · blurred"),
        image(8 * truth[4:12, 5:20], "part", recipe={}, image="cells · blurred", region={"start": [4, 5]}),
        image(np.stack([0 * truth, 8 * truth]), "kept", recipe={}, image="cells · blurred"),
    ]


def test_the_scale_is_found_along_the_way_that_a_result_came(layers):
    truth, blurred, result, *_ = layers
    assert source_of(result, layers) is blurred
    assert scale_of(truth, blurred, layers) == scale_of(truth, result, layers) == 8
    assert scale_of(blurred, result, layers) == 1
    assert scale_of(truth, result, [truth, result]) is None  # the layer between is gone
    assert not pair_of(truth, result, [truth, result], (0, 0)).scaled
    assert simulation_of(blurred).background == 3
    assert simulation_of(result) is None
    assert simulation_of(image([[1.0]], "odd", simulation={"unheard": 1})) is None


def test_layers_are_found_again_under_other_names():
    truth = image(np.ones((5, 6)), "truth")
    blurred = image(np.ones((5, 6)), "blurred", simulation={}, scale=8.0, **origin(read(truth)))
    noisy = image(np.ones((5, 6)), "noisy", simulation={}, scale=0.5, **origin(read(blurred)))
    result = image(np.ones((5, 6)), "result", recipe={}, **origin(read(noisy)))
    counts = image(np.ones((5, 6)), "counts", truth={**origin(read(truth)), "scale": 4.0})
    layers = [truth, blurred, noisy, result, counts]
    truth.name, blurred.name, noisy.name = "my truth", "truth", "seen"
    assert [source_of(one, layers) for one in (blurred, noisy, result)] == [truth, blurred, noisy]
    assert scale_of(truth, blurred, layers) == 8
    assert scale_of(truth, result, layers) == 4
    assert scale_of(counts, result, layers) == 1
    noisy.metadata[KEY] |= origin(read(result))  # files may tell anything
    assert scale_of(truth, result, layers) is None


def test_a_file_brings_all_of_it_back(layers, tmp_path):
    truth, blurred, *_ = layers
    path = str(tmp_path / "blurred.ome.tif")
    write_image_layer(path, blurred.data, blurred.as_layer_data_tuple()[1])
    data, keywords, _ = read_layers(path)[0]
    again = Image(data, **keywords)
    assert simulation_of(again) == simulation_of(blurred)
    assert again.name == blurred.name
    assert scale_of(truth, again, [truth, again]) == 8


def test_a_measurement_is_compared_above_its_pedestal(layers):
    truth, blurred, result, *_ = layers
    assert pair_of(truth, blurred, layers, (0, 0)).errors().mse == pytest.approx(0, abs=1e-9)
    found = pair_of(truth, result, layers, (0, 0)).errors()
    assert found.mse == pytest.approx(1, rel=1e-4)
    goal = 8 * truth.data
    assert found.nrmse == pytest.approx(1 / np.sqrt(np.mean(goal**2)), rel=1e-4)
    assert found.psnr == pytest.approx(20 * np.log10(goal.max() - goal.min()), rel=1e-3)
    assert found.ssim == pytest.approx(metrics.ssim(result.data, goal), rel=1e-4)
    assert "dB" in found.words


def test_a_part_and_a_series_are_compared_with_what_they_show(layers):
    truth, _, _, part, kept = layers
    pair = pair_of(truth, part, layers, (0, 0))
    assert pair.part == (slice(4, 12), slice(5, 20))
    assert pair.errors().mse == pytest.approx(0, abs=1e-9)
    assert pair.difference_map()[0].shape == (8, 15)
    assert pair_of(truth, kept, layers, (1, 0, 0)).errors().mse == pytest.approx(0, abs=1e-9)
    assert pair_of(truth, kept, layers, (0, 0, 0)).errors().nrmse == pytest.approx(1)
    assert pair_of(truth, kept, layers, (9, 0, 0)).plane == (1,)


def test_missing_samples_are_left_out_of_the_error(layers):
    truth, _, result, *_ = layers
    result.data[3, 4] = np.nan
    found = pair_of(truth, result, layers, (0, 0)).errors()
    assert found.mse == pytest.approx(1, rel=1e-4)
    assert np.isnan(found.ssim)
    assert "SSIM" not in found.words
    result.data[...] = np.nan
    with pytest.raises(nd.ParameterError, match="No sample is finite"):
        pair_of(truth, result, layers, (0, 0)).errors()


def test_what_does_not_fit_is_said(layers):
    truth, _, _, part, _ = layers
    with pytest.raises(nd.ParameterError, match="truth itself"):
        pair_of(truth, truth, layers, (0, 0))
    with pytest.raises(nd.ParameterError, match="show the same"):
        pair_of(part, truth, layers, (0, 0))
    with pytest.raises(nd.ParameterError, match="show the same"):
        pair_of(truth, image(np.ones((3, 3)), "odd", region={"start": [19, 23]}), layers, (0, 0))


def test_the_psf_of_a_smoothing_is_its_gaussian():
    both = gaussian_psf(nd.Simulation(fwhm=(0.4, 0.2), spacing=0.1), (9, 9), "um")
    np.testing.assert_array_equal(both.data, nd.psf.gaussian((0.4, 0.2), 0.1).data)
    flat = gaussian_psf(nd.Simulation(fwhm=(0.4, 0.0, 0.2), spacing=0.1), (9, 9, 9), "um")
    assert flat.shape == (both.shape[0], 1, both.shape[1])
    np.testing.assert_allclose(flat.data[:, 0], both.data, rtol=1e-5)
    for fwhm in ((3.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.0)):
        with pytest.raises(nd.ParameterError, match="a PSF acts on the last 3"):
            gaussian_psf(nd.Simulation(fwhm=fwhm), (9, 9, 9, 9), "um")


def test_widths_are_read_in_the_images_units():
    source = read(Image(np.zeros((4, 5, 6)), scale=(2, 300, 0.1), units=("s", "nm", "um")))
    widths, steps = read_widths("0.6, 0.2", source)
    assert widths == (0, 0.6, 0.2)
    assert steps == pytest.approx((2, 0.3, 0.1))
    assert read_widths("0.5", source)[0] == (0.5, 0.5, 0.5)
    for text in ("", "0", "1 2 3 4", "a", "-1", "inf"):
        with pytest.raises(nd.ParameterError, match="write a width in µm"):
            read_widths(text, source)
    with pytest.raises(nd.ParameterError, match=r"5e\+07 samples.*right unit"):
        read_widths("0.5", read(Image(np.zeros((5, 6)), scale=(1e-8, 1e-8), units="um")))
    assert widths_text((0, 0.4, 0.4), "um") == "0.4 µm"
    assert widths_text((0, 0.4, 0.2), "um") == "0.4 × 0.2 µm"
