"""`nd.batch`: the command for scripts."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from napari_deconvolve.cli.batch.inputs import files_of
from napari_deconvolve.cli.batch.plan import Batch, BatchPlan, carried_out
from napari_deconvolve.cli.batch.records import Begin, Records
from napari_deconvolve.cli.batch.requests import SHARED
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.memory import as_bytes
from napari_deconvolve.psf.description import describe
from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.recipe.recipe import Recipe

Path = str | os.PathLike[str]
BESIDE = ("psf", "recipe", "changes")  # of the shared options, that are arguments here


def batch(
    images: Path | Sequence[Path],
    output: Path,
    psf: PointSpread | Path | Sequence[Path] | None = None,
    recipe: Recipe | None = None,
    *,
    jobs: int = 1,
    name: str | None = None,
    begin: Begin = "new",
    table: Path | None = None,
    report: Path | None = None,
    tell: Callable[[str], None] | None = None,
    **options: Any,
) -> Batch:
    """Deconvolve many files by one recipe, each as ``napari-deconvolve run`` does it; write a table and a report.

    A file that cannot be run does not stop the others: its row says why.

    Parameters
    ----------
    images : path or sequence of path
        A folder, whose images are taken; files; or patterns such as ``"day1/**/*.tif"``.
    output : path
        Folder of the results; made if absent.
    psf : PSF, Strata, ChannelPSFs, path, or sequence of path, optional
        One for all files, or paths of one for each channel. By default that of the recipe, or of an option.
    recipe : Recipe, optional
        The default pipeline when absent. What it leaves open is found for each file.
    jobs : int
        Files that are run at once, each in a process; they share cores and memory.
    name : str, optional
        Pattern of the results' names, with ``{name}``, ``{folder}`` and ``{number}``.
    begin : {"new", "resume", "restart"}
        What becomes of an earlier batch in the folder: it is refused, or what it has done is left out where file,
        recipe and PSF are the same, tile by tile in stores, or all is run again.
    table, report : path, optional
        Where they go; by default ``batch.csv`` and ``batch.html`` in the folder.
    tell : callable, optional
        Gets a line for each file.
    **options
        Those of the command: ``gaussian="1.0,0.35,0.35"``, ``optics=True``, ``spacing``, ``axes``, ``number``,
        ``memory``, ``as_found``, ``workers``, ``scheduler``, ...

    Returns
    -------
    Batch
        With a row for each file.

    Raises
    ------
    ParameterError, PSFError, FileError
        For what is wrong with all of it; what is wrong with one file is in its row.

    Examples
    --------
    >>> import napari_deconvolve as nd
    >>> found = nd.batch("day1", "sharp", "psf.ome.tif", nd.Recipe(iterations=20), jobs=2)  # doctest: +SKIP
    >>> [row.reason for row in found.failed]  # doctest: +SKIP
    []
    """
    recipe = recipe or Recipe()
    paths: tuple[str, ...] = ()
    if isinstance(psf, (str, os.PathLike, Sequence)):
        paths = _paths(psf)
    elif psf is not None:
        recipe = recipe.replace(psf=describe(psf))
    folder, known = os.fspath(output), _known(options)
    earlier = [row.output for row in Records(folder).known().values()]
    plan = BatchPlan(
        files_of(_paths(images), None, (*paths, *earlier)),
        folder,
        recipe,
        {**known, "psf": paths},
        name,
        jobs,
        begin,
        None if table is None else os.fspath(table),
        None if report is None else os.fspath(report),
    )
    return carried_out(plan, tell or (lambda line: None))


def _paths(given: Path | Sequence[Path]) -> tuple[str, ...]:
    several = [given] if isinstance(given, (str, os.PathLike)) else given
    wrong = [one for one in several if not isinstance(one, (str, os.PathLike))]
    if wrong:
        raise ParameterError(f"One of the files is a {type(wrong[0]).__name__}; give paths.")
    return tuple(os.fspath(one) for one in several)


def _known(options: dict[str, Any]) -> dict[str, Any]:
    allowed = [name for name in SHARED if name not in BESIDE]
    unknown = [name for name in options if name not in allowed]
    if unknown:
        raise ParameterError(f"A batch has no {unknown[0]!r}; its options are {', '.join(allowed)}.")
    memory = options.get("memory")
    return options if memory is None else {**options, "memory": as_bytes(memory)}
