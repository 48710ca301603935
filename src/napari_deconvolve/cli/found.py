"""The PSF that ``run --method blind`` finds: reported on stderr, and written if --save-psf is given."""

from __future__ import annotations

from napari_deconvolve.cli.options import same_file
from napari_deconvolve.cli.session import say
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.atomic import check_target
from napari_deconvolve.formats.images import require_suffix
from napari_deconvolve.psf.files import save
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.result import Result


def check_psf_output(path: str | None, output: str, plan: Recipe) -> None:
    """Refuse a file for the PSF that cannot be written, before the run.

    Parameters
    ----------
    path : str or None
        Of ``--save-psf``.
    output : str
        Of the image.
    plan : Recipe
        Of the run.
    """
    if path is None:
        return
    if not plan.traits.finds_psf:
        raise ParameterError(f"--save-psf writes the PSF that is found, and the method is {plan.method}; choose blind.")
    require_suffix(path)
    check_target(path)
    if path == output or same_file(path, output):
        raise ParameterError(f"--save-psf and --output are both {path}; give two files.")


def tell_found(result: Result, path: str | None) -> None:
    """Report each PSF in one line, and write it; several channels have a file each.

    Parameters
    ----------
    result : Result
        Of the run.
    path : str or None
        Of ``--save-psf``; a number is put before its ending where there are several.
    """
    for number, one in enumerate(result.found):
        channel = f"channel {number}: " if len(result.found) > 1 else ""
        say(f"{channel}{one}")
        if path is not None:
            save(one.psf, path if not channel else _numbered(path, number))


def _numbered(path: str, number: int) -> str:
    for ending in (".ome.tif", ".ome.tiff"):
        if path.lower().endswith(ending):
            return f"{path[: -len(ending)]}.{number}{path[-len(ending) :]}"
    name, dot, suffix = path.rpartition(".")
    return f"{name}.{number}{dot}{suffix}"
