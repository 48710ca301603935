"""What of a recipe differs from the defaults, as text that makes it again."""

from __future__ import annotations

import math
from typing import Any

from napari_deconvolve.core.likelihood.maps import MAPS
from napari_deconvolve.recipe.fields import parameters
from napari_deconvolve.recipe.recipe import Recipe

UNWRITTEN = ("psf", "version", "found_on", "device")  # of the PSF itself, of the program, of the machine
PSF_FILE = "psf.ome.tif"


def changed(recipe: Recipe) -> dict[str, Any]:
    """Return the values that differ from the defaults by name; maps are left out, see `has_maps`."""
    plain = Recipe()
    unread = [name for name in ("iterations",) if not recipe.traits.iterates]
    unread += ["strength"] * (recipe.prior is None)
    names = (name for name in parameters(Recipe) if name not in (*UNWRITTEN, *unread))
    values = {name: getattr(recipe, name) for name in names}
    return {
        name: value for name, value in values.items() if not isinstance(value, MAPS) and value != getattr(plain, name)
    }


def has_maps(recipe: Recipe) -> tuple[str, ...]:
    """Return the names of the values that are one number per pixel."""
    return tuple(name for name in parameters(Recipe) if isinstance(getattr(recipe, name), MAPS))


def psf_arguments(recipe: Recipe) -> tuple[str, dict[str, Any]] | None:
    """Return function and arguments that make the PSF again; None where its samples are needed."""
    source = {} if recipe.psf is None else dict(recipe.psf)
    name, unit = source.get("source"), source.get("unit", "um")
    if "resampled" in source:
        return None
    if name in ("gaussian", "lorentzian"):
        return str(name), {key: _plain(source[key]) for key in ("fwhm", "spacing", "shape", "unit")}
    if name == "microscope" and unit == "um":
        from napari_deconvolve.psf.microscope.microscope import NOT_OF_THE_CALL

        return "microscope", {key: _plain(value) for key, value in source.items() if key not in NOT_OF_THE_CALL}
    return None


def _plain(value: Any) -> Any:
    """Return lists as tuples, and whole floats as they are."""
    if isinstance(value, (list, tuple)):
        return tuple(_plain(one) for one in value)
    return float(value) if isinstance(value, float) and math.isfinite(value) else value
