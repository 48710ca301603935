"""``napari-deconvolve blur``: the measurement an instrument would make, with the noise of a camera if wanted."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from napari_deconvolve._version import __version__
from napari_deconvolve.cli.match import bare, match, note_pixels
from napari_deconvolve.cli.options import named, numbers
from napari_deconvolve.cli.outputs import check_output, keep_inputs
from napari_deconvolve.cli.recipes import changed
from napari_deconvolve.cli.requests import BlurRequest
from napari_deconvolve.cli.session import STOP, follow, say
from napari_deconvolve.cli.spectra import SpectrumFile, check_table, is_table, spectra_of, tell_notes
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.images import format_of
from napari_deconvolve.formats.reading import reading
from napari_deconvolve.image.axes import SPATIAL
from napari_deconvolve.io import ImageFile, read_image, write_image, write_spectra
from napari_deconvolve.psf.description import rebuild
from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.recipe.simulation import Simulation
from napari_deconvolve.run.made import about_making
from napari_deconvolve.run.simulate.run import Simulated, SimulationRun
from napari_deconvolve.units import factor, is_length

KEY = "simulation"  # under which a file holds how it was made


def blur(request: BlurRequest) -> None:
    """Simulate a measurement: blur, scale to photons, add background, noise of photons, gain, offset, read noise."""
    first = Simulation(poisson=False) if request.recipe is None else read_simulation(request.recipe)
    base = _with_options(first, request.changes)
    check_output(request.output)
    keep_inputs([request.output], [request.image, *request.psf])
    source = request.open_image()
    check_table(request.output, source)
    base, point = _blurred_by(request, source, base)
    if point is None and base.replace(seed=None, boundary="reflect", version=__version__) == Simulation(poisson=False):
        raise ParameterError("There is nothing to do; give --psf FILE or --gaussian FWHM, --photons or --read-noise.")
    with named(request.image):
        fitted, axes = (None, None) if point is None else match(point, source)
        run = SimulationRun(bare(source), fitted, base, axes=axes, cancelled=STOP.is_set)
        made = follow(run.work(), 1, "simulating")
    _write(request.output, source, made)
    if isinstance(source, SpectrumFile):
        tell_notes(request.image, source)
    say(f"{request.output}: {words(made.recipe)}")


def _blurred_by(request: BlurRequest, source: ImageFile, base: Simulation) -> tuple[Simulation, PointSpread | None]:
    """Return the simulation and the PSF that blurs, if one does: a Gaussian smooths instead, unless a PSF is given."""
    if request.gaussian is not None and not request.psf:
        base = base.replace(**_smoothing(request.gaussian, source), psf=None)
        request = dataclasses.replace(request, gaussian=None)
    point = request.open_psf(source)
    if point is None and base.psf is not None:
        point = rebuild(base.psf)
    if point is not None:
        base = base.replace(fwhm=None, spacing=None, psf=None)
    return base, point


def _write(output: str, source: ImageFile, made: Simulated) -> None:
    if is_table(output):
        write_spectra(output, spectra_of(source, made.counts), made=made.made)
        return
    write_image(
        output,
        source.image.with_data(made.counts),
        name=f"{source.name} · {ending(made.recipe)}",
        channels=source.channels,
        extra={KEY: made.recipe.to_dict(), "scale": made.scale, "image": source.name, **about_making(made.made)},
    )


def read_simulation(path: str) -> Simulation:
    """Read how an image was simulated: from a JSON file, or from the image that this program wrote."""
    if format_of(path) is None:
        with reading(path, "a simulation") as file:
            text = file.read_text(encoding="utf-8")
        with named(path):
            return Simulation.from_json(text)
    with named(path):
        found = simulation_in(read_image(path))
    if found is None:
        raise FileError(f"{path} does not hold how it was simulated; give an image written by blur, or a JSON file.")
    return found


def simulation_in(image: ImageFile) -> Simulation | None:
    """Return the simulation that made an image; None if its file has none."""
    held = image.metadata.get(KEY)
    if not isinstance(held, Mapping):
        return None
    try:
        return Simulation.from_dict(held)
    except TypeError as error:
        raise ParameterError(f"The simulation cannot be read ({error}); give another file.") from None


def ending(recipe: Simulation) -> str:
    """Say what was done, for a name."""
    return "blurred" if recipe.psf is not None else "smoothed" if recipe.smooths else "simulated"


def words(recipe: Simulation) -> str:
    """Say what was done, with numbers."""
    parts = [ending(recipe), f"background {recipe.background:g}"]
    if recipe.photons is not None:
        parts.append(f"{recipe.photons:g} photons at the peak")
    if recipe.total is not None:
        parts.append(f"{recipe.total:g} photons in all")
    noises = ["photons"] if recipe.poisson else []
    noises += [f"reading ({recipe.read_noise:g})"] if recipe.read_noise > 0 else []
    parts.append(f"noise of {' and '.join(noises)}, seed {recipe.seed}" if noises else "no noise")
    return ", ".join(parts)


def _with_options(base: Simulation, options: Mapping[str, Any]) -> Simulation:
    """Apply the options; a number of photons adds their noise, unless --no-poisson is given."""
    given = dict(options)
    if "photons" in given or "total" in given:
        given.setdefault("poisson", True)
        if not given.keys() >= {"photons", "total"}:
            given = {"photons": None, "total": None, **given}
    return changed(base, given)


def _smoothing(text: str, source: ImageFile) -> dict[str, Any]:
    """Read the widths of a Gaussian: one for Z, Y and X, or one per axis for as many of the last ones."""
    widths = numbers("--gaussian", text)
    count, spatial = source.data.ndim, source.spatial
    if len(widths) > count:
        raise ParameterError(f"--gaussian {text} has {len(widths)} numbers and the image {count} axes; give fewer.")
    axes = spatial if len(widths) <= len(spatial) else tuple(range(count))
    axes = axes[-3:] if len(widths) == 1 else axes[-len(widths) :]
    note_pixels(text, source, [axis for axis in axes if source.axes[axis] in SPATIAL])
    each = widths * len(axes) if len(widths) == 1 else widths
    full, steps = [0.0] * count, list(source.image.steps())
    unit = source.units[axes[-1]]
    for axis, width in zip(axes, each, strict=True):
        full[axis] = width
        if is_length(source.units[axis]) and is_length(unit):
            steps[axis] *= factor(source.units[axis], unit)
    return {"fwhm": tuple(full), "spacing": tuple(steps)}
