"""What ``napari-deconvolve batch`` is asked: files and where they go, and for each file the options of `run`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from napari_deconvolve.cli.declare import flag, needed, option, several_arguments, shared_with
from napari_deconvolve.cli.options import whole
from napari_deconvolve.cli.requests import RunRequest

SHARED = (
    "psf",
    "gaussian",
    "optics",
    "formula",
    "center",
    "spacing",
    "unit",
    "column",
    "axis_column",
    "resample",
    "number",
    "axes",
    "recipe",
    "as_found",
    "changes",
    "memory",
    "tile",
    "workers",
    "scheduler",
)


@dataclass(frozen=True, kw_only=True)
class BatchRequest:
    """What `batch` is asked."""

    images: tuple[str, ...] = several_arguments(
        "FOLDER|FILES", "A folder, whose images are taken; files; or patterns in quotes, such as 'day1/**/*.tif'."
    )
    output: str = needed("-o", "--output", metavar="FOLDER", help="Where results, table and report go; made if absent.")
    listed: str | None = option("--list", metavar="FILES.txt", help="Text file with the name of a file in each line.")
    name: str | None = option(
        "--name",
        metavar="PATTERN",
        help="Names of the results: {name} is that of the file, {folder} that of its folder, {number} its place. "
        "Default: {name}_decon.ome.tif, of a table {name}_decon.csv. Equal names get a number.",
    )
    jobs: int = option(
        "--jobs",
        metavar="N",
        help="Files that are run at once, each in a process; they share cores and memory.",
        read=whole,
        default="1",
    )
    resume: bool = flag(
        "--resume", help="Leave out what an earlier batch has done by this recipe and PSF; of stores, tile by tile."
    )
    restart: bool = flag("--restart", help="Run all again, and replace the results of an earlier batch.")
    table: str | None = option("--table", metavar="T.csv", help="Table of all files. Default: batch.csv in FOLDER.")
    report: str | None = option(
        "--report", metavar="R.html", help="Report with a picture of each. Default: batch.html in FOLDER."
    )
    shared: dict[str, Any] = shared_with(RunRequest, *SHARED)
