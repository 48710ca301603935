"""A background that is not flat is found through the empty parts of an image, and none under what fills the field."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import blurred
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.background_fit import Beside
from napari_deconvolve.core.likelihood.background_map import Ground, find_surface
from napari_deconvolve.core.likelihood.empty_parts import Field
from napari_deconvolve.core.likelihood.maps import Knots, Surface

SHAPE = (160, 160)
Y, X = np.meshgrid(*[np.linspace(-1, 1, n) for n in SHAPE], indexing="ij")
GROUNDS = {
    "tilted": 1 + 0.5 * X + 0.3 * Y,
    "vignetted": 1.2 * (1 - 0.25 * (X**2 + Y**2)),
    "two steps": 1 + 0.5 * np.tanh((X + 0.2) / 0.2),
}


def counts(light: np.ndarray, ground: np.ndarray, gain: float = 1.0, seed: int = 1) -> np.ndarray:
    return (gain * np.random.default_rng(seed).poisson(light + ground)).astype(np.float32)


def away(found: Ground, truth: np.ndarray) -> float:
    """Return the error of a surface, root mean square over the mean."""
    assert found.surface is not None
    values = found.surface.values(truth.shape)
    return float(np.sqrt(np.mean((values - truth) ** 2)) / np.mean(truth))


def texture(sigma: float, seed: int) -> np.ndarray:
    smooth = gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), sigma, mode="wrap")
    return (smooth - smooth.mean()) / smooth.std()


@pytest.mark.parametrize("gain", [1.0, 30.0])
@pytest.mark.parametrize("photons", [50, 200])
@pytest.mark.parametrize("kind", ["discs", "filaments"])
@pytest.mark.parametrize("name", GROUNDS)
def test_a_background_under_sparse_objects_is_found(name, kind, photons, gain):
    ground = 30 * GROUNDS[name]
    found = find_surface(counts(photons * blurred(kind, SHAPE), ground, gain), gain)
    assert away(found, gain * ground) < 0.1
    assert not found.bright
    assert not found.filled


@pytest.mark.parametrize("name", ["tilted", "vignetted"])
def test_light_that_many_filaments_spread_hides_no_empty_parts(name):
    """Under an objective's PSF, whose rings reach far, few samples are quite dark, but these are the most frequent."""
    psf = nd.psf.microscope("widefield", numerical_aperture=1.2, immersion_index=1.33, emission_um=0.52,
                            spacing=(0.1, 0.1), shape=(33, 33))  # fmt: skip
    rng, shape = np.random.default_rng(3), (192, 192)
    truth = np.zeros(shape)
    for _ in range(60):
        headings = rng.uniform(0, 2 * np.pi) + np.cumsum(0.07 * rng.normal(size=250))
        path = np.stack([np.sin(headings), np.cos(headings)]).cumsum(axis=1) / 2 + rng.uniform(0, 192, (2, 1))
        np.add.at(truth, tuple(path[:, ((path >= 0) & (path < 192)).all(0)].astype(int)), 1.0)
    light = np.maximum(nd.convolve(truth, psf, boundary="zero"), 0)
    y, x = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    ground = 100 * {"tilted": 1 + 0.5 * x, "vignetted": 1.2 * (1 - 0.25 * (x**2 + y**2))}[name]
    found = find_surface(counts(1000 * light / light.max(), ground), 1.0, psf.data)
    assert not found.filled
    assert away(found, ground) < 0.03


KERNELS = {ndim: nd.psf.gaussian(4.7, ndim=ndim).data for ndim in (2, 3)}  # of the objects that `blurred` draws
STACK = (8, 64, 64)
PLANE = np.linspace(-1, 1, STACK[-1]) + 0 * np.linspace(-1, 1, STACK[-2])[:, np.newaxis]
STACK_GROUNDS = {
    "tilted": 1 + 0.5 * PLANE,
    "vignetted": 1.2 * (1 - 0.25 * (PLANE**2 + PLANE.T**2)),
    "two steps": 1 + 0.5 * np.tanh((PLANE + 0.2) / 0.15),
}


@pytest.mark.parametrize("photons", [50, 500])
@pytest.mark.parametrize("kind", ["discs", "filaments"])
@pytest.mark.parametrize("name", GROUNDS)
def test_beside_the_objects_a_background_is_found_better(name, kind, photons):
    ground, light = 30 * GROUNDS[name], photons * blurred(kind, SHAPE)
    image = counts(light, ground)
    assert away(find_surface(image, 1.0, KERNELS[2]), ground) < (0.08 if name == "two steps" else 0.04)


@pytest.mark.parametrize("photons", [50, 500])
@pytest.mark.parametrize("name", STACK_GROUNDS)
def test_beside_the_objects_a_background_is_found_under_a_stack(name, photons):
    light = photons * blurred("discs", STACK)
    ground = np.broadcast_to(max(10, 0.1 * photons) * STACK_GROUNDS[name], STACK)
    assert away(find_surface(counts(light, ground), 1.0, KERNELS[3]), ground) < 0.1


@pytest.mark.parametrize("photons", [0, 50, 500])
@pytest.mark.parametrize("shape", [SHAPE, STACK])
def test_beside_the_objects_a_flat_background_stays_a_constant(shape, photons):
    found = find_surface(counts(photons * blurred("discs", shape), np.full(shape, 30.0)), 1.0, KERNELS[len(shape)])
    assert found == Ground(None)


@pytest.mark.parametrize("name", [None, "tilted"])
def test_wider_bins_tell_the_same_number_and_no_surface(name):
    ground = 30 * (GROUNDS[name] if name else np.ones(SHAPE))
    image = counts(100 * blurred("discs", SHAPE), ground)
    start = Surface((31.0, 0.0, 0.0, 0.0, 0.0, 0.0), SHAPE)
    fine, rough = (Beside(image, 1.0, KERNELS[2], roughly=roughly) for roughly in (False, True))
    assert rough.width > fine.width
    if name is None:
        assert rough.constant(start).surface.mean == pytest.approx(fine.constant(start).surface.mean, rel=0.02)
    assert rough.polynomial(start) == fine.polynomial(start)
    assert rough.spline(start) == fine.spline(start)


def test_haze_of_objects_out_of_focus_is_no_background():
    """The light of a wide-field stack reaches every plane: what lies through its dark parts is too high."""
    psf = nd.psf.microscope("widefield", numerical_aperture=1.2, immersion_index=1.33, emission_um=0.52,
                            spacing=(0.25, 0.1, 0.1), shape=(15, 31, 31))  # fmt: skip
    truth = np.zeros((8, 64, 64))
    truth[tuple(np.random.default_rng(5).integers(0, length, 25) for length in truth.shape)] = 1
    light = np.maximum(nd.convolve(truth, psf, boundary="zero"), 0)
    light *= 1000 / light.max()
    for ground in (np.full(light.shape, 100.0), np.broadcast_to(100 * STACK_GROUNDS["two steps"], light.shape)):
        image = counts(light, ground)
        found = find_surface(image, 1.0, psf.data)
        if found.surface is None:
            assert np.ptp(ground) == 0
        else:
            assert away(found, ground) < 0.1
            assert away(found, ground) < 0.9 * away(find_surface(image, 1.0), ground)


def test_the_background_of_a_large_image_is_fitted_in_bins():
    small, large = (160, 160), (480, 480)
    x = np.linspace(-1, 1, large[1])
    ground = np.broadcast_to(30 * (1 + 0.5 * np.tanh((x + 0.2) / 0.2)), large)
    light = 100 * np.tile(blurred("discs", small), (3, 3))
    assert away(find_surface(counts(light, ground), 1.0, KERNELS[2]), ground) < 0.08


@pytest.mark.parametrize("photons", [0, 50, 500])
@pytest.mark.parametrize("kind", ["discs", "filaments"])
def test_a_flat_background_is_left_to_a_constant(kind, photons):
    found = find_surface(counts(photons * blurred(kind, SHAPE), np.full(SHAPE, 30.0)), 1.0)
    assert found == Ground(None)


def test_a_smooth_form_is_a_polynomial_and_a_step_bends_more():
    light = 100 * blurred("discs", SHAPE)
    assert isinstance(find_surface(counts(light, 30 * GROUNDS["tilted"]), 1.0).surface, Surface)
    assert isinstance(find_surface(counts(light, 30 * GROUNDS["two steps"]), 1.0).surface, Knots)


def test_planes_of_a_stack_share_one_surface():
    light = 100 * blurred("discs", (8, 96, 96))
    ground = np.broadcast_to(20 * (1 + 0.6 * np.linspace(-1, 1, 96)), light.shape)
    assert away(find_surface(counts(light, ground), 1.0), ground) < 0.1


def test_an_object_that_fills_the_field_is_named():
    full = np.clip(1 + 0.35 * texture(7, 0) + 0.2 * texture(2, 1), 0.3, None) * (1 + np.clip(texture(3, 2), 0, None))
    image = counts(200 * full, np.full(SHAPE, 20.0))
    found = find_surface(image, 1.0)
    assert found.filled
    assert not found.bright
    assert found.surface is not None
    low = np.quantile(gaussian_filter(image, 2.0), 0.05)
    assert 0 <= np.mean(found.surface.values(SHAPE)) < 0.7 * low
    assert find_surface(image, 1.0, KERNELS[2]) == found


@pytest.mark.parametrize(("kind", "depth"), [("discs", 1.2), ("filaments", 2.0)])
def test_dark_details_in_a_bright_field_have_no_background(kind, depth):
    """What lies in the bright field is light of the object: a surface there would take it all."""
    shade = np.clip(depth * blurred(kind, SHAPE), 0, 1)
    found = find_surface(counts(200 * (1 - 0.9 * shade), np.full(SHAPE, 20.0)), 1.0)
    assert found == Ground(None, bright=True)
    assert find_surface(counts(200 * (1 - 0.9 * shade), np.full(SHAPE, 20.0)), 1.0, KERNELS[2]) == found


@pytest.mark.parametrize("photons", [50, 100])
def test_a_step_under_crowded_objects_is_no_object_that_fills_the_field(photons):
    """Few parts are empty, and a polynomial follows no step: but a surface that bends has many dark samples on it."""
    threads = blurred("filaments", SHAPE)
    ground = 30 * GROUNDS["two steps"]
    found = find_surface(counts(photons * (threads + threads.T), ground), 1.0, KERNELS[2])
    assert not found.filled
    assert away(found, ground) < 0.08


@pytest.mark.parametrize("depth", [0.2, 0.3, 0.5])
def test_shallow_dark_details_in_a_bright_field_have_no_background(depth):
    """They leave hardly anything beside a constant, which lies in the bright field and not in the dark."""
    shade = np.clip(blurred("discs", SHAPE), 0, 1)
    image = counts(2000 * (1 - depth * shade / shade.max()), np.zeros(SHAPE))
    assert find_surface(image, 1.0, KERNELS[2]) == Ground(None, bright=True)


@pytest.mark.parametrize("name", ["flat", "tilted", "vignetted"])
def test_the_light_of_a_mesh_is_taken_off_its_dark_parts(name):
    """None of its meshes is as dark as the background, and yet it is told by what the PSF brings there."""
    cells = np.random.default_rng(1).uniform(-8, SHAPE[0] + 8, (250, 2))
    near = cKDTree(cells).query(np.stack(np.indices(SHAPE), -1), k=2)[0]
    tubes = np.exp(-(((near[..., 1] - near[..., 0]) / 1.5) ** 2))
    light = gaussian_filter(tubes, 2.0)
    ground = 20.0 * GROUNDS.get(name, np.ones(SHAPE))
    image = counts(100 * light / light.max(), ground)
    assert np.quantile(gaussian_filter(image, 2.0), 0.02) > 1.2 * ground.min()
    found = find_surface(image, 1.0, KERNELS[2])
    assert not found.filled
    assert away(found, ground) < 0.2


@pytest.mark.parametrize("psf", [None, KERNELS[2]])
def test_no_background_lies_below_the_level_without_noise(psf):
    for kind in ("discs", "filaments"):
        for photons in (5, 500):
            found = find_surface(counts(photons * blurred(kind, SHAPE), 0.3 * (1 + Y)), 1.0, psf)
            assert found.surface is None or np.min(found.surface.values(SHAPE)) >= 0


def test_samples_that_are_not_finite_are_left_out():
    ground = 30 * GROUNDS["tilted"]
    image = counts(100 * blurred("discs", SHAPE), ground)
    image[20:50, 90:140] = np.nan
    image[::11, ::7] = np.inf
    assert away(find_surface(image, 1.0), ground) < 0.1
    assert away(find_surface(image, 1.0, KERNELS[2]), ground) < 0.05
    assert find_surface(np.full(SHAPE, np.nan, np.float32), 1.0) == Ground(None)


@pytest.mark.parametrize("times", [1e-30, 0.01, 1000.0, 1e30])
@pytest.mark.parametrize("name", GROUNDS)
def test_counts_in_other_units_give_the_surface_in_them(name, times):
    image = counts(100 * blurred("discs", SHAPE), 30 * GROUNDS[name])
    for psf in (None, KERNELS[2]):
        before = find_surface(image, 1.0, psf).surface
        after = find_surface(image * np.float32(times), times, psf).surface
        assert type(before) is type(after)
        np.testing.assert_allclose(after.values(SHAPE), times * before.values(SHAPE), rtol=1e-3)


@pytest.mark.parametrize("shape", [(6, 6), (10, 200), (200, 12), (3, 15, 40)])
def test_a_small_image_keeps_a_constant(shape):
    ramp = np.broadcast_to(np.linspace(10, 60, shape[-1]), shape)
    assert find_surface(counts(np.zeros(shape), ramp), 1.0) == Ground(None)


def test_an_image_of_one_value_keeps_a_constant():
    for value in (0.0, 5.0):
        found = find_surface(np.full(SHAPE, value, np.float32), 1.0)
        assert found.surface is None


def hazy_mesh(seed, photons, under):
    """Give counts of tubes that fill a stack in wide field, on an even background: no part of their image is dark."""
    psf = nd.psf.microscope(
        "widefield", numerical_aperture=1.3, emission_um=0.52, spacing=(0.225, 0.09, 0.09), shape=(13, 31, 31)
    )
    rng, shape, stretched = np.random.default_rng(seed), (28, 78, 78), np.array([2.5, 1, 1])
    sides = np.array(shape) * stretched
    cells = rng.uniform(-8, sides + 8, (round(np.prod(sides + 16) / 11.0**3), 3))
    distances = cKDTree(cells).query(np.stack(np.indices(shape), -1) * stretched, k=3)[0]
    tubes = np.exp(-(((distances[..., 2] - distances[..., 0]) / 1.5) ** 2))
    blurred = nd.convolve(tubes, psf, boundary="zero")[6:-6, 15:-15, 15:-15]
    blurred *= photons / blurred.max()
    return rng.poisson(np.maximum(blurred, 0) + under).astype(np.float32), psf.data, float(blurred.min())


@pytest.mark.parametrize(("seed", "photons"), [(0, 100.0), (1, 400.0)])
def test_haze_without_dark_parts_is_no_background(seed, photons):
    counts, psf, haze = hazy_mesh(seed, photons, under := 0.1 * photons)
    found = find_surface(counts, 1.0, psf)
    assert found.filled
    assert haze > under  # most of what is darkest
    assert np.mean(found.surface.values(counts.shape[-2:])) == pytest.approx(under, rel=0.5)


def tissue(seed, photons, modality):
    """Give counts of a textured object that is nowhere dark, on an even background, and the darkest light in them."""
    psf = nd.psf.microscope(
        modality, numerical_aperture=1.3, emission_um=0.52, spacing=(0.225, 0.09, 0.09), shape=(13, 31, 31)
    )
    rng, shape = np.random.default_rng(seed), (28, 78, 78)
    truth = np.ones(shape)
    for sigma, share in ((7.0, 0.35), (2.0, 0.2), (0.8, 0.5)):
        smooth = gaussian_filter(rng.normal(size=shape), (sigma / 2.5, sigma, sigma), mode="wrap")
        truth += share * smooth / smooth.std()
    blurred = nd.convolve(np.maximum(truth, 0.3), psf, boundary="zero")[6:-6, 15:-15, 15:-15]
    blurred *= photons / blurred.max()
    under = max(5.0, 0.1 * photons)
    counts = rng.poisson(np.maximum(blurred, 0) + under).astype(np.float32)
    return counts, psf.data, under, under + float(blurred.min())


@pytest.mark.parametrize("modality", ["widefield", "confocal"])
@pytest.mark.parametrize(("seed", "photons"), [(0, 20.0), (1, 100.0), (2, 1000.0)])
def test_tissue_that_fills_a_stack_keeps_its_own_light(seed, photons, modality):
    """Whatever lies in all planes nearly alike: the background is below the darkest sample."""
    counts, psf, under, darkest = tissue(seed, photons, modality)
    found = find_surface(counts, 1.0, psf)
    assert found.filled
    level = float(np.mean(found.surface.values(counts.shape[-2:])))
    assert under / 2 < level < darkest
    assert modality == "confocal" or level - under < 0.6 * (darkest - under)


def test_a_surface_above_the_darkest_planes_is_contradicted():
    """Two planes in which a corner is darker than in all others tell that what lies there is light."""
    rng = np.random.default_rng(0)
    level = np.full((16, 64, 64), 50.0)
    field = Field.of(rng.poisson(level).astype(np.float32), 1.0, 50.0)
    assert field.below(Surface((50.0, 0.0, 0.0, 0.0, 0.0, 0.0), (64, 64))) == 0
    level[5:9, :20, :20] = 30.0
    field = Field.of(rng.poisson(level).astype(np.float32), 1.0, 30.0)
    assert 0.03 < field.below(Surface((50.0, 0.0, 0.0, 0.0, 0.0, 0.0), (64, 64))) < 0.2
