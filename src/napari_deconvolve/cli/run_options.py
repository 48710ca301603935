"""Options of ``napari-deconvolve run`` that say where it begins and what it aims at."""

from __future__ import annotations

from typing import Annotated

import typer

from napari_deconvolve.cli.options import help_of

Start = Annotated[str | None, typer.Option(metavar="FILE", help="First estimate, of the image's shape. Default: flat.")]
Continued = Annotated[
    str | None,
    typer.Option(
        "--continue",
        metavar="RESULT",
        help="Go on from a result of this program by its recipe, with --iterations more (30 or +30).",
    ),
]
Resumable = Annotated[
    bool, typer.Option("--resumable", help="Keep beside OUT what lets --continue go on exactly: OUT.whole.npy.")
]
TargetFWHM = Annotated[str | None, typer.Option(metavar="WIDTH|Z,Y,X|auto", help=help_of("target_fwhm"))]
TargetBy = Annotated[str | None, typer.Option(metavar="NAME", help=help_of("target_by"))]
