"""Reference data with known answers: each line here is a promise that other programs broke."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile
from scipy import ndimage

import napari_deconvolve as nd


@pytest.fixture
def dapi(shared_data):
    folder = shared_data / "bbii_decon_dapi"
    truth = tifffile.imread(folder / "DAPI_GroundTruth.tif").astype(float)
    psf = tifffile.imread(folder / "PSF.tif")
    return folder, truth, psf


def psnr(estimate, truth):
    return 10 * np.log10(np.ptp(truth) ** 2 / np.mean((estimate - truth) ** 2))


def test_dapi_periodic(dapi):
    folder, truth, raw = dapi
    psf = nd.psf.from_array(raw, center=(127, 127), background=0)
    blurred = tifffile.imread(folder / "DAPI_blurred.tif") / raw.sum()
    assert psnr(nd.richardson_lucy(blurred, psf, 40, boundary="periodic"), truth) >= 38.7


def test_dapi_crop_whose_nucleus_is_cut_by_the_frame(dapi):
    folder, truth, raw = dapi
    psf = nd.psf.from_array(raw, center=(127, 127), background=0)
    crop = tifffile.imread(folder / "derived_DAPI_crop_clean.tif")
    part = truth[230:486, 130:386]
    assert psnr(nd.richardson_lucy(crop, psf, 80), part) >= 37.0
    assert psnr(nd.richardson_lucy(crop, psf, 80, boundary="zero"), part) < 31  # what ringing edges cost


def test_dapi_crop_with_photon_noise_and_nothing_to_choose(dapi):
    """The best number of plain iterations, found with the truth at hand, gives 28.0 dB (and 30 of them 26.9)."""
    folder, truth, raw = dapi
    psf = nd.psf.from_array(raw, center=(127, 127), background=0)
    crop = tifffile.imread(folder / "derived_DAPI_crop_poisson_peak200.tif")
    found = nd.deconvolve(crop, psf)
    assert psnr(found.estimate, truth[230:486, 130:386]) >= 28.0
    assert found.background < 0.03 * crop.mean()  # the nucleus fills the frame: there is none


@pytest.mark.parametrize("peak", [200, 1000])
def test_dapi_crop_through_a_camera_keeps_its_own_light(dapi, peak):
    folder, _, raw = dapi
    psf = nd.psf.from_array(raw, center=(127, 127), background=0)
    light = tifffile.imread(folder / "derived_DAPI_crop_clean.tif").astype(float)
    rng = np.random.default_rng(733)
    photons = rng.poisson(peak * light / light.max()) + rng.normal(0, 1.6, light.shape)
    found = nd.background_map(100 + 2.2 * photons, psf)
    assert np.mean(found) - 100 < 0.03 * 2.2 * peak


@pytest.mark.parametrize("acceleration", ["biggs-andrews", "nesterov"])
@pytest.mark.parametrize("seed", [0, 1])
def test_dapi_crop_through_a_camera_is_not_said_to_have_too_wide_a_psf(dapi, seed, acceleration):
    """It is dense: a narrower PSF follows it better while the fit is still on its way."""
    folder, _, raw = dapi
    psf = nd.psf.from_array(raw, center=(127, 127), background=0)
    light = tifffile.imread(folder / "derived_DAPI_crop_clean.tif").astype(float)
    rng = np.random.default_rng(seed)
    photons = rng.poisson(200 * light / light.max()) + rng.normal(0, 1.6, light.shape)
    found = nd.deconvolve(100 + 2.2 * photons, psf, nd.Recipe(acceleration=acceleration))
    assert not any("too wide" in one for one in found.words)


def test_an_object_cut_by_the_frame_does_not_pile_up_there(shared_data):
    image = tifffile.imread(shared_data / "tnia" / "q4.fits.tif")
    psf = tifffile.imread(shared_data / "tnia" / "psf.fits.tif")
    found = nd.richardson_lucy(image, psf, 200)
    border = np.ones(found.shape, bool)
    border[15:-15, 15:-15] = False
    assert found[border].max() <= 1.1 * found[~border].max()


@pytest.fixture
def forum(shared_data):
    with np.load(shared_data / "spectrum_1d" / "reference_1d.npz", allow_pickle=False) as stored:
        return dict(stored)


@pytest.mark.parametrize("iterations", [10, 200])
@pytest.mark.parametrize("kernel", ["kernel_odd", "kernel_odd_short"])
def test_the_spectrum_of_the_forum(forum, iterations, kernel):
    found = nd.richardson_lucy(forum["raw"], forum[kernel], iterations)
    expected = forum[f"ref_odd_nc_{iterations}"]
    assert np.linalg.norm(found - expected) <= 2e-3 * np.linalg.norm(expected)
    if iterations == 200:
        assert found.max() == pytest.approx(2.427, abs=0.02)
        assert abs(forum["x"][found.argmax()]) == pytest.approx(1.031, abs=0.01)


def test_an_even_kernel_centred_automatically_gives_a_symmetric_result(forum):
    psf = nd.psf.from_array(forum["kernel_even"])
    found = nd.richardson_lucy(forum["raw"], psf, 200)
    assert np.linalg.norm(found - found[::-1]) <= 5e-3 * np.linalg.norm(found)
    assert found.max() == pytest.approx(2.427, abs=0.02)


TUTORIAL = {
    "bbii_nucleus/4 crop": "bbii_nucleus_4_crop_70x70_uint16.tif",
    "skimage.cell crop*200": "skimage.cell_cropx200_70x70_uint16.tif",
    "tutorial_recovered(8bit*200+b)": "tutorial_recovered_70x70_uint16.tif",
}


@pytest.mark.parametrize("name", TUTORIAL)
def test_the_tutorials_sweep(shared_data, name):
    """Error against iterations as the tutorial plots it, without clipping: it falls, to the reference's values."""
    folder = shared_data / "tutorial_sweep"
    table = json.loads((folder / "mse_tables.json").read_text())[f"{name} | float reflect"]
    truth = tifffile.imread(folder / TUTORIAL[name]).astype(float)
    line = np.exp(-(np.arange(-12, 13) ** 2) / 8)
    kernel = np.outer(line, line)
    blurred = ndimage.convolve(truth, kernel / kernel.sum(), mode="reflect")
    errors = {n: np.mean((nd.richardson_lucy(blurred, kernel, n) - truth) ** 2) for n in (10, 20, 40, 80)}
    for count, error in errors.items():
        assert error == pytest.approx(table[str(count)]["rl_nc"], rel=0.01)
    assert list(errors.values()) == sorted(errors.values(), reverse=True)


def test_hollow_bars_are_restored(shared_data):
    folder = shared_data / "flowdec_bars"
    truth, kernel = (tifffile.imread(folder / f"{name}.tif").astype(float) for name in ("actual", "kernel"))
    psf = nd.psf.from_array(kernel, center="middle", background=0)
    blurred = nd.convolve(truth, psf, boundary="zero")
    found = nd.richardson_lucy(blurred, psf, 60, acceleration="biggs-andrews")
    before, after = psnr(blurred, truth), psnr(found, truth)
    assert after > before + 3


def test_small_cubes_with_an_asymmetric_psf_stay_in_place(shared_data):
    folder = shared_data / "redlionfish"
    image = tifffile.imread(folder / "gendata_psfconv_poiss.tif").astype(np.float32)[:, :80, :80]
    truth = tifffile.imread(folder / "truth_reconstructed.tif")[:, :80, :80].astype(np.float32)
    psf = nd.psf.from_array(tifffile.imread(folder / "PSF_RFI_8bit.tif"), center=(30, 15, 15), background=0)
    found = nd.richardson_lucy(image, psf, 20, acceleration="biggs-andrews")

    def likeness(estimate):
        return np.corrcoef(estimate.ravel(), truth.ravel())[0, 1]

    assert likeness(found) > likeness(image)
    shifted = [likeness(np.roll(found, step, axis)) for axis in range(3) for step in (-1, 1)]
    assert max(shifted) < likeness(found)
